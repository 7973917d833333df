local function body(x, y, vx, vy, mass) return {x = x, y = y, vx = vx, vy = vy, mass = mass} end

local function step(bodies, dt)
  for i = 1, #bodies do
    local a = bodies[i]
    for j = i + 1, #bodies do
      local b = bodies[j]
      local dx, dy = b.x - a.x, b.y - a.y
      local d2 = dx * dx + dy * dy + 0.01
      local f = dt / (d2 * d2 ^ 0.5)
      a.vx = a.vx + dx * b.mass * f
      a.vy = a.vy + dy * b.mass * f
      b.vx = b.vx - dx * a.mass * f
      b.vy = b.vy - dy * a.mass * f
    end
  end
  for _, b in ipairs(bodies) do
    b.x = b.x + dt * b.vx
    b.y = b.y + dt * b.vy
  end
end

local function energy(bodies)
  local e = 0.0
  for i, a in ipairs(bodies) do
    e = e + a.mass * (a.vx * a.vx + a.vy * a.vy) / 2
    for j = i + 1, #bodies do
      local b = bodies[j]
      e = e - a.mass * b.mass / ((a.x - b.x) ^ 2 + (a.y - b.y) ^ 2 + 0.01) ^ 0.5
    end
  end
  return e
end

local system = {body(0, 0, 0, -0.1, 10), body(3, 0, 0, 1.8, 1), body(-5, 1, 0.3, -1.2, 0.5), body(0, 8, 1, 0, 0.2)}
for _ = 1, tonumber(arg[1] or 150000) do step(system, 0.001) end
print(string.format("checksum %.9f %.9f", energy(system), system[2].x))
