-- A Lua library that Debian has no package of: the controller loads it at its start, and uses it for one of its
-- features alone. Whoever asks for that feature gets an error that says so, in the controller's log.
return function(what)
  local function refuse()
    error(what .. " is not part of this build of ingress-nginx")
  end
  local refusing = setmetatable({}, { __index = function() return refuse end })
  return setmetatable({ new = function() return refusing end }, { __index = function() return refuse end })
end
