return require('absent')('OCSP stapling')
