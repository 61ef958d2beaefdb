-- Consistent hashing with the interface that balancer/chash.lua and balancer/sticky.lua ask of a balancer: new(_, nodes),
-- find(key), reinit(nodes). Of all addresses the one whose hash together with the key is highest: where one comes or
-- goes, only its own keys move. Debian has no package of it.
local chash = {}
chash.__index = chash

function chash.new(_, nodes)
  local self = setmetatable({}, chash)
  self:reinit(nodes)
  return self
end

function chash:reinit(nodes)
  self.nodes = nodes
end

function chash:find(key)
  local best, highest
  for address in pairs(self.nodes) do
    local hash = ngx.crc32_long(ngx.md5(key .. address))
    if highest == nil or hash > highest or (hash == highest and address < best) then
      best, highest = address, hash
    end
  end
  return best
end

return chash
