-- Weighted round robin, smoothly spread, with the interface that balancer/round_robin.lua asks of a balancer:
-- new(nodes), find(), reinit(nodes); nodes are weights by address. Debian has no package of it.
local roundrobin = {}
roundrobin.__index = roundrobin

function roundrobin.new(_, nodes)
  local self = setmetatable({}, roundrobin)
  self:reinit(nodes)
  return self
end

function roundrobin:reinit(nodes)
  self.nodes = nodes
  self.order, self.due, self.total = {}, {}, 0
  for address, weight in pairs(nodes) do
    self.order[#self.order + 1] = address
    self.due[address] = 0
    self.total = self.total + weight
  end
  table.sort(self.order)
  -- Each worker begins elsewhere, so that one address does not get all their first requests.
  for _ = 1, #self.order > 1 and math.random(0, #self.order - 1) or 0 do self:find() end
end

function roundrobin:find()
  local best
  for _, address in ipairs(self.order) do
    self.due[address] = self.due[address] + self.nodes[address]
    if best == nil or self.due[address] > self.due[best] then best = address end
  end
  if best ~= nil then self.due[best] = self.due[best] - self.total end
  return best
end

return roundrobin
