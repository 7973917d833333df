local made = 0
local Shape = {}
Shape.__index = Shape
function Shape.new(class, scale)
  made = made + 1
  return setmetatable({scale = scale}, class)
end
function Shape:area() return self.scale end
function Shape:grow(by)
  self.scale = (self.scale + by) % 97
  return self
end
local Square = setmetatable({}, {__index = Shape})
Square.__index = Square
function Square:area() return Shape.area(self) * self.scale end
function Square:double() return self.scale * 2 end
local Cube = setmetatable({}, {__index = Square})
Cube.__index = Cube
function Cube:area() return Square.area(self) * 6 end

local shapes = {Shape.new(Shape, 1), Shape.new(Square, 2), Shape.new(Cube, 3)}
local total = 0
for i = 0, tonumber(arg[1] or 500000) - 1 do
  local s = shapes[i % 3 + 1]
  total = total + s:grow(i % 8):area()
  local grow = s.grow
  grow(grow(s, 1), 2)
  if i % 3 ~= 0 then total = total + s:double() end
  if i % 50 == 0 then total = total + Shape.new(Square, i % 5):area() end
end
print(string.format("checksum %d %d", total, made))
