const leaf = async (x) => x + 1;
const chain = async (x, depth) => depth === 0 ? await leaf(x) : await chain(x, depth - 1);
(async () => {
  const n = Number(process.argv[2] || 1000000);
  let x = 0;
  for (let i = 0; i < n; i++) x = await leaf(x);
  for (let i = 0; i < Math.floor(n / 8); i++) x = await chain(x, 8);
  console.log("checksum " + x);
})();
