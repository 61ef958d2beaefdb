return require('absent')('the load balancing ewma')
