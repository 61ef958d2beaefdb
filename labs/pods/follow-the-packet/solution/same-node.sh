# answer: how-many-routers = 0
# answer: which-switch = cni0
