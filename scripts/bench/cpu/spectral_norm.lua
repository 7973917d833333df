local function entry(i, j) return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1) end

local function multiply(v, transposed)
  local out = {}
  for i = 0, #v - 1 do
    local s = 0.0
    for j = 0, #v - 1 do
      s = s + (transposed and entry(j, i) or entry(i, j)) * v[j + 1]
    end
    out[i + 1] = s
  end
  return out
end

local n, u, v = tonumber(arg[1] or 220), {}, nil
for i = 1, n do u[i] = 1.0 end
for _ = 1, 8 do
  v = multiply(multiply(u, false), true)
  u = multiply(multiply(v, false), true)
end
local uv, vv = 0, 0
for i = 1, n do
  uv = uv + u[i] * v[i]
  vv = vv + v[i] * v[i]
end
print(string.format("checksum %.9f", (uv / vv) ^ 0.5))
