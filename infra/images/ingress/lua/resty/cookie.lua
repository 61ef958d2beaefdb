return require('nginx.cookie')
