# Liveblog behind Varnish (7 or newer): /etc/varnish/default.vcl. Something before it ends TLS and sets X-Forwarded-Proto
# (hitch with PROXY, or a load balancer); that something's address, as the server sees Varnish, is in
# FORWARDED_ALLOW_IPS. The server needs: BASE_URL=https://live.example.org
vcl 4.1;

backend liveblog {
    .host = "127.0.0.1";
    .port = "8000";
    .connect_timeout = 5s;
    .first_byte_timeout = 120s;
    .between_bytes_timeout = 60s;
}

acl this_machine {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    # The rules below read addresses as they are sent, and the server decodes them: /%6detrics is /metrics there. None of ours
    # begins so.
    if (req.url ~ "^/[^/?]*%") {
        return (synth(404));
    }
    # For Prometheus on this machine.
    if (req.url ~ "^/metrics([?]|$)" && client.ip !~ this_machine) {
        return (synth(403));
    }
    # Varnish appends the address of its client to X-Forwarded-For; what the client claimed goes.
    set req.http.X-Forwarded-For = client.ip;
    if (req.http.Upgrade ~ "(?i)^websocket$") {
        return (pipe);
    }
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    # The desk, the API, polls and health are kept nowhere.
    if (req.url ~ "^/(desk|api)([/?]|$)" || req.url ~ "^/(livez|readyz|metrics)([?]|$)"
        || req.url ~ "^/stories/[^/]+/events([?]|$)" || req.http.Authorization) {
        return (pass);
    }
    # Uploads of the newsroom, for people of the newsroom. No other page reads a cookie.
    if (req.url ~ "^/media/" && (req.http.Cookie ~ "liveblog_session=" || req.http.Range)) {
        return (pass);
    }
    unset req.http.Cookie;
    return (hash);
}

sub vcl_pipe {
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = "upgrade";
    return (pipe);
}

sub vcl_backend_response {
    # A stale page may be any age. While one request fetches a page, the others for it wait.
    set beresp.grace = 0s;
    set beresp.keep = 1m;  # for If-None-Match
    if (beresp.http.Cache-Control ~ "no-store|private" || beresp.http.Set-Cookie) {
        set beresp.uncacheable = true;
        set beresp.ttl = 1s;
        return (deliver);
    }
    if (bereq.url !~ "^/static/") {
        # "no-cache" (ask me each time), and what is kept for longer but may change: one second.
        set beresp.ttl = 1s;
    }
    return (deliver);
}

sub vcl_deliver {
    unset resp.http.Via;
    unset resp.http.X-Varnish;
}
