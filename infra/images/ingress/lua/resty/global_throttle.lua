return require('absent')('global rate limiting')
