// A task that runs in a later turn is an async function behind a microtask.
const job = async (n) => { await null; return n & 3; };
(async () => {
  const n = Number(process.argv[2] || 40000);
  let total = 0;
  for (let i = 0; i < n; i++) total += await job(i);
  console.log("checksum " + total);
})();
