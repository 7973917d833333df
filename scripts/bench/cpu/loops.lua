local floor = math.floor
local n = tonumber(arg[1] or 60000)
local longest, at = 0, 0
for start = 1, n - 1 do
  local x, steps = start, 0
  while x ~= 1 do
    if x % 2 == 0 then x = floor(x / 2) else x = 3 * x + 1 end
    steps = steps + 1
  end
  if steps > longest then longest, at = steps, start end
end
local limit, found = floor(n / 40), 0
for a = 1, limit - 1 do
  for b = a, limit - 1 do
    if (a * a + b * b) % (a + b + 1) == 7 then found = found + 1 end
  end
end
print(string.format("checksum %d %d %d", longest, at, found))
