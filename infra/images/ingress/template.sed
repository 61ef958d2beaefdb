# ingress-nginx's template, for Debian's nginx.
# Modules are loaded, where upstream's nginx has them built in.
s|^pid .*|include /etc/nginx/modules-enabled/*.conf;\n&|
# Before 1.25 nginx takes HTTP/2 with a port, not with a server: one that nobody asks for switches it on for all.
/^ *http2 on;$/d
# Without Lua for streams there are no TCP and UDP services. The controller writes of them to this port all the same.
/^stream {/,/^}/d
/^ *# default server, used for NGINX healthcheck/i\
    {{ if $cfg.UseHTTP2 }}\
    server {\
        listen {{ $all.ListenPorts.HTTPS }} ssl http2;\
        {{ if $IsIPV6Enabled }}listen [::]:{{ $all.ListenPorts.HTTPS }} ssl http2;{{ end }}\
        server_name http2.invalid;\
        access_log off;\
        return 404;\
    }\
    {{ end }}\
    server {\
        listen 127.0.0.1:{{ $all.StreamPort }};\
        access_log off;\
        return 404;\
    }
