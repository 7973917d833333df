const n = Number(process.argv[2] || 60000);
let longest = 0, at = 0;
for (let start = 1; start < n; start++) {
  let x = start, steps = 0;
  while (x !== 1) { x = x % 2 === 0 ? Math.floor(x / 2) : 3 * x + 1; steps++; }
  if (steps > longest) { longest = steps; at = start; }
}
const limit = Math.floor(n / 40);
let found = 0;
for (let a = 1; a < limit; a++)
  for (let b = a; b < limit; b++)
    if ((a * a + b * b) % (a + b + 1) === 7) found++;
console.log("checksum", longest, at, found);
