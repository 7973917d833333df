local function build(depth)
  if depth == 0 then return {} end
  return {left = build(depth - 1), right = build(depth - 1)}
end

local function count(t)
  if not t.left then return 1 end
  return 1 + count(t.left) + count(t.right)
end

local depth = tonumber(arg[1] or 16)
local kept, total = build(depth), 0
for d = 4, depth, 3 do
  for _ = 1, 2 ^ (depth - d) do total = total + count(build(d)) end
end
print(string.format("checksum %d %d", count(kept), total))
