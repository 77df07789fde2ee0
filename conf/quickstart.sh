#!/bin/sh
# Runs all of wxuser on this host: a private MariaDB, a sandbox that stands in for WeChat, the program and nginx. All
# files are below one state directory, and everything listens on loopback only. No service of the system is changed.
#
#   sh conf/quickstart.sh          installs, builds, starts, shows a login, runs until Ctrl-C; the data are kept
#   sh conf/quickstart.sh up       starts in the background and returns when the service is ready
#   sh conf/quickstart.sh down     stops everything
#   sh conf/quickstart.sh status   shows which parts run, and whether the service is ready
#   sh conf/quickstart.sh env      prints addresses, keys and the database as export NAME='value' lines
#   sh conf/quickstart.sh cluster  starts three database nodes, two hosts with wxuser and a load balancer in the
#                                  background, or those of them that do not run; down, status and env know them
#
# Settings in the environment:
#   WXUSER_STATE=./var             the state directory: data, keys, logs, build
#   WXUSER_PORT=8080               nginx's port on 127.0.0.1
#   WXUSER_CLUSTER_PORT=8100       the load balancer's port; the cluster takes others of the 40 from here on
#   WXUSER_WORKERS_CORE, WXUSER_WORKERS_REMOTE, WXUSER_WORKERS_SANDBOX
#                                  the sizes of the pools
#   WXUSER_WECHAT_URL              a stand-in for WeChat other than the sandbox
#   WXUSER_RATES=on                limits logins by address (off because all come from 127.0.0.1)
#   WXUSER_BUILD                   a directory of programs that are already built
#   WXUSER_MARIADB                 more options of its MariaDB
#   WXUSER_CONF_<section>__<key>   any key of wxuser.conf
set -u
umask 077
# A service manager that started this shell does not manage what the shell starts.
unset SUPERVISOR_ENABLED NOTIFY_SOCKET WATCHDOG_USEC

tree=$(cd "$(dirname "$0")/.." && pwd -P)
state=${WXUSER_STATE:-./var}
port=${WXUSER_PORT:-8080}
cluster_port=${WXUSER_CLUSTER_PORT:-8100}
programs=${WXUSER_BUILD:-}

packages='mariadb-server-core mariadb-client-core curl libpcre2-8-0 zlib1g'
build_packages='build-essential autoconf automake pkg-config libfcgi-dev libjansson-dev
    libmariadb-dev libcurl4-openssl-dev libssl-dev libxml2-dev libinih-dev'

# In the order of their start.
parts='mariadb sandbox wxuser nginx'

mini_app=wx1000000000000001
second_app=wx2000000000000001
# appid, tenant, kind, Open Platform account
apps="$mini_app 1 mini main
wx1000000000000002 1 official main
wx1000000000000003 1 mobile main
wx1000000000000004 1 web main
$second_app 2 mini main"

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "quickstart: $*"
    exit 1
}

# at PLACE COMMAND…: runs it with the state directory of this name in ours. A cluster's nodes and hosts have such.
at() (
    state=$state/$1
    shift
    "$@"
)

# of_part FUNCTION PART: calls it for a part, which may be named PLACE/PART.
of_part() {
    case $2 in
    */*) at "${2%/*}" "$1" "${2##*/}" ;;
    *) "$1" "$2" ;;
    esac
}

log_of() {
    printf '%s' "$state/log/$1.log"
}

# step TEXT LOG COMMAND…: prints what is done and how long it took, or how it failed.
step() {
    step_text=$1
    step_log=$(of_part log_of "$2")
    shift 2
    printf '  %-40s' "$step_text" >&2
    step_began=$(date +%s)
    # Not as a condition: there the shell would ignore set -e within.
    (set -e; "$@") >>"$step_log" 2>&1
    step_status=$?
    if [ $step_status -ne 0 ]; then
        say failed
        say "---- the end of $step_log"
        tail -n 20 "$step_log" >&2
        say '----'
        end_parts "$were_down"
        die "'$step_text' failed with status $step_status"
    fi
    say "ok, $(($(date +%s) - step_began)) s"
}

# wait_for SECONDS COMMAND…: repeats the command until it succeeds.
wait_for() {
    wait_tries=$(($1 * 10))
    shift
    until "$@"; do
        wait_tries=$((wait_tries - 1))
        [ $wait_tries -gt 0 ] || return 1
        sleep 0.1
    done
}

# keep_secret NAME COMMAND…: stores what the command prints, unless it is stored already.
keep_secret() {
    keep_file=$state/secret/$1
    shift
    [ ! -s "$keep_file" ] || return 0
    "$@" >"$keep_file.new"
    mv "$keep_file.new" "$keep_file"
}

secret() {
    cat "$state/secret/$1"
}

random_hex() {
    od -An -tx1 -N16 /dev/urandom | tr -d ' \n'
}

# Prints an EncodingAESKey: 43 letters and digits.
random_aes_key() {
    printf '%s%s' "$(random_hex)" "$(random_hex)" | cut -c 1-43
}

# replace FILE: writes standard input to it; returns 1 if that is its content already.
replace() {
    cat >"$1.new"
    if cmp -s "$1.new" "$1"; then
        rm "$1.new"
        return 1
    fi
    mv "$1.new" "$1"
}

# ---- Processes. A pid file holds a pid and the start of that process, so that another process with this pid is
# recognised.

# Prints the start of a process in ticks since the host's start; nothing if it is gone or a zombie.
started_at() {
    sed -n 's/^.*) \([^Z] .*\)$/\1/p' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

# keep_pid PART PID
keep_pid() {
    printf '%s %s\n' "$2" "$(started_at "$2")" >"$state/run/$1.pid"
}

# keep_upgraded PART: the pid of a new master, which an upgrade has left in the pid file of the program.
keep_upgraded() {
    new_pid=$(cat "$state/run/$1/"*.pid 2>/dev/null) &&
        tr '\0' '\n' 2>/dev/null <"/proc/$new_pid/cmdline" | grep -qxF "$state/conf/$1.conf" &&
        keep_pid "$1" "$new_pid"
}

is_kept() {
    pid_number='' pid_began=''
    [ ! -f "$state/run/$1.pid" ] || read -r pid_number pid_began <"$state/run/$1.pid"
    [ -n "$pid_began" ] && [ "$(started_at "$pid_number")" = "$pid_began" ]
}

pid_of() {
    if is_kept "$1" || { keep_upgraded "$1" && is_kept "$1"; }; then
        printf '%s' "$pid_number"
    else
        return 1
    fi
}

is_running() {
    pid_of "$1" >/dev/null
}

is_gone() {
    ! is_running "$1"
}

is_ready_or_gone() {
    "is_ready_$1" || is_gone "$1"
}

# start PART COMMAND…: starts it out of reach of the terminal's Ctrl-C; returns when it is ready.
start() {
    start_part=$1
    shift
    if is_gone "$start_part"; then
        (cd "$state" && exec setsid "$@") >>"$state/log/$start_part.log" 2>&1 </dev/null 9>&- &
        keep_pid "$start_part" $!
    fi
    wait_for 60 is_ready_or_gone "$start_part"
    is_running "$start_part"
}

end() {
    end_pid=$(pid_of "$1") || return 0
    kill -TERM "$end_pid"
    kill -CONT "$end_pid"
    if ! wait_for 30 is_gone "$1"; then
        say "  $1 (pid $end_pid) does not end and is killed"
        kill -KILL "$end_pid"
        wait_for 10 is_gone "$1"
    fi
    rm -f "$state/run/$1.pid"
}

# Stops the parts in the reverse order of their start.
end_parts() {
    reversed=
    for part in $1; do
        reversed="$part $reversed"
    done
    for part in $reversed; do
        of_part end "$part"
    done
}

# end_stale PART FILE: stops a part whose program is newer than its process.
end_stale() {
    if [ -n "$(find "$2" -newer "$state/run/$1.pid" 2>/dev/null)" ]; then
        end "$1"
    fi
}

parts_that() {
    for part in $parts; do
        ! of_part "$1" "$part" || printf '%s ' "$part"
    done
}

# ---- Packages and programs.

install_packages() {
    # shellcheck disable=SC2086 # words
    sh "$tree/conf/packages.sh" $packages ${1:+$build_packages}
    nginx_program
}

nginx_program() {
    sh "$tree/conf/program.sh" nginx "$unpacked"
}

# ---- The database.

# MariaDB refuses to run as root.
database_user() {
    if [ "$(id -u)" -ne 0 ]; then
        id -un
    elif id mysql >/dev/null 2>&1; then
        echo mysql
    else
        echo nobody
    fi
}

# Prints what goes before a command that this user is to run in the state directory.
database_prefix() {
    [ "$(id -u)" -eq 0 ] || return 0
    become="setpriv --reuid=$1 --regid=$(id -g "$1") --clear-groups"
    # Other users cannot enter a home such as /root, so MariaDB's user gets the right to pass through.
    for right in '' dac_read_search dac_override; do
        prefix="$become${right:+ --inh-caps=+$right --ambient-caps=+$right}"
        # test(1) does not suffice: access(2) ignores capabilities.
        if $prefix ls -d "$state/run/." >/dev/null 2>&1; then
            echo "$prefix"
            return
        fi
    done
    echo "$1 may not enter $state; choose another WXUSER_STATE" >&2
    return 1
}

own_directory() {
    mkdir -p "$1"
    [ "$(id -u)" -ne 0 ] || chown "$(database_user):" "$1"
}

# What each command that works on the data needs; $prefix goes before it.
prepare_mariadb() {
    prefix=$(database_prefix "$(database_user)")
    own_directory "$state/run/mariadb"
    # In a shared directory, each server that starts would remove the temporary tables of the others.
    export TMPDIR="$state/run/mariadb"
    mariadbd=$(PATH=$PATH:/usr/sbin command -v mariadbd)
}

make_database() {
    [ ! -d "$state/mariadb" ] || return 0
    rm -rf "$state/mariadb.new"
    own_directory "$state/mariadb.new"
    $prefix mariadb-install-db --no-defaults --datadir="$state/mariadb.new" --skip-test-db \
        --skip-name-resolve --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" \
        ${WXUSER_MARIADB:-}
    mv "$state/mariadb.new" "$state/mariadb"
}

start_mariadb() {
    prepare_mariadb
    make_database
    # shellcheck disable=SC2086 # words
    start mariadb $prefix "$mariadbd" --no-defaults \
        --datadir="$state/mariadb" --socket="$database_socket" \
        --pid-file="$state/run/mariadb/pid" --skip-networking --skip-log-bin \
        --character-set-server=utf8mb4 --max-connections=1000 \
        --innodb-buffer-pool-size=64M --innodb-log-file-size=48M ${WXUSER_MARIADB:-}
}

sql() {
    mariadb --no-defaults --socket="$database_socket" --user="$(id -un)" --connect-timeout=5 --batch \
        --skip-column-names
}

is_ready_mariadb() {
    echo 'SELECT 1' | sql >/dev/null 2>&1
}

create_schemas() {
    for user in wxuser control migrate sandbox; do
        keep_secret "$user.password" random_hex
    done
    sql <<EOF
CREATE DATABASE IF NOT EXISTS wxuser CHARACTER SET utf8mb4;
CREATE DATABASE IF NOT EXISTS wxuser_sandbox CHARACTER SET utf8mb4;
$(write_user wxuser wxuser)
$(write_user wxuser_control control)
$(write_user wxuser_migrate migrate)
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER ON wxuser.*
    TO wxuser_migrate@'$database_client';
GRANT SELECT ON wxuser.* TO wxuser_control@'$database_client';
$(write_user wxuser_sandbox sandbox)
GRANT ALL ON wxuser_sandbox.* TO wxuser_sandbox@'$database_client';
EOF
}

# write_user NAME SECRET
write_user() {
    cat <<EOF
CREATE USER IF NOT EXISTS $1@'$database_client';
ALTER USER $1@'$database_client' IDENTIFIED BY '$(secret "$2.password")';
EOF
}

# ---- The configuration.

# setting KEY VALUE: prints a line, unless the value is empty.
setting() {
    [ -z "$2" ] || printf '%s = %s\n' "$1" "$2"
}

# The sandbox's accounts with the gateways, as on its page.
write_sms_account() {
    case $1 in
    aliyun)
        setting access_key LTAI5tSandbox
        setting secret aliyun-sandbox-secret
        setting sign_name 沙箱
        setting template_code SMS_1000001
        ;;
    tencent)
        setting access_key AKIDsandbox
        setting secret tencent-sandbox-secret
        setting sign_name 沙箱
        setting template_code 1000001
        setting app_id 1400000001
        ;;
    template)
        setting secret template-sandbox-secret
        setting headers 'Authorization: Bearer ${secret}'
        setting content_type application/json
        setting body '{"phone":"${phone}","code":"${code}","id":"${request_id}"}'
        setting success_member code=0
        ;;
    esac
}

write_wxuser_conf() {
    mkdir -p "$state/run/wxuser"
    case ${WXUSER_RATES:-off} in
    on) by_address=true ;;
    *) by_address=false ;;
    esac
    cat <<EOF
[server]
listen_core = $state/run/core.sock
listen_remote = $state/run/remote.sock
state_directory = $state/run/wxuser
$(setting workers_core "${WXUSER_WORKERS_CORE:-}")
$(setting workers_remote "${WXUSER_WORKERS_REMOTE:-}")

[database]
$database_address
name = wxuser
user = wxuser
password_file = $state/secret/wxuser.password
control_user = wxuser_control
control_password_file = $state/secret/control.password
migration_user = wxuser_migrate
migration_password_file = $state/secret/migrate.password

[keys]
sealing = $state/secret/sealing.keys
lookup = $state/secret/lookup.keys
erasure = $state/secret/erasure.keys
audit = $state/secret/audit.keys
erasure_log = $state/secret/erasures.log

[wechat]
base_url = ${WXUSER_WECHAT_URL:-$url}
second_url =

[sms]
driver = ${WXUSER_CONF_sms__driver:-aliyun}
base_url = $url/sandbox/sms/${WXUSER_CONF_sms__driver:-aliyun}
$(write_sms_account "${WXUSER_CONF_sms__driver:-aliyun}")

[http]
$(setting trusted_proxies "$trusted_proxies")
hosts = first.localhost=$mini_app,second.localhost=$second_app

[admin]
api = true

[rates]
by_address = $by_address
EOF
}

# A slow sandbox occupies a process for each call; processes are cheap, but not free.
sandbox_workers() {
    awk '/^MemAvailable:/ {
            n = int($2 / 1024 / 16)
            print (n > 300 ? 300 : n < 16 ? 16 : n)
        }' /proc/meminfo
}

write_sandbox_conf() {
    mkdir -p "$state/run/sandbox"
    cat <<EOF
[server]
listen_core = $state/run/sandbox.sock
state_directory = $state/run/sandbox
workers_core = ${WXUSER_WORKERS_SANDBOX:-$(sandbox_workers)}

[database]
$database_address
name = wxuser_sandbox
user = wxuser_sandbox
password_file = $state/secret/sandbox.password
EOF
}

write_nginx_conf() {
    sed "s/@PORT@/$port/g; s/@USER@/$(id -un)/; s/@GROUP@/$(id -gn)/" "$tree/conf/nginx/quickstart.conf.in"
    ctl errors export "$state/nginx/errors" >&2
    ctl routes nginx >"$state/nginx/routes.conf"
    # Some pages are in the source, others are written by the build, as "make install" puts them together.
    rm -rf "$state/www" && mkdir "$state/www" && cp -R "$tree/www/." "$programs/www/." "$state/www"
    # The console is all in the source.
    cp -R "$tree/console" "$state/www" && find "$state/www" \( -name '*.mk' -o -name '*.md' \) -delete
    # A change of one of these files is a change of the configuration.
    for file in wxuser.conf console.conf sandbox.conf fastcgi.conf log.conf errors.conf; do
        source=$tree/conf/nginx/$file
        [ -f "$source" ] || source=$source.in
        sed "s|@pkgdatadir@/nginx/||; s|@pkgdatadir@/errors|$state/nginx/errors|; s|@pkgdatadir@/www|$state/www|;
            s|root @pkgdatadir@;|root $state/www;|" "$source" >"$state/nginx/$file"
    done
    for file in wxuser.conf console.conf sandbox.conf fastcgi.conf log.conf errors.conf routes.conf; do
        printf '# %s: %s\n' "$file" "$(cksum <"$state/nginx/$file")"
    done
}

# configure_parts FILE…: a part whose configuration has changed is stopped here and started again below.
configure_parts() {
    for file; do
        part=$(basename "$file" .conf)
        if "write_${part}_conf" | replace "$state/$file"; then
            end "$part"
        fi
    done
}

configure() {
    printf '%s\n' "$port" >"$state/conf/port"
    configure_parts conf/wxuser.conf conf/sandbox.conf nginx/nginx.conf
    ctl keys create
}

ctl() {
    "$programs/wxuserctl" --config "$state/conf/wxuser.conf" "$@"
}

migrate() {
    ctl migrate
    grants=$(ctl migrate --grants)
    printf '%s\n' "$grants" | sql
}

count() {
    echo "SELECT COUNT(*) FROM wxuser.$1 WHERE $2" | sql
}

# Prints the id of our first or second tenant; a cluster does not count 1, 2.
tenant_id() {
    echo "SELECT id FROM wxuser.tenant WHERE name = 'quickstart-$1'" | sql
}

create_tenants() {
    for tenant in 1 2; do
        [ -n "$(tenant_id $tenant)" ] || ctl tenant add "quickstart-$tenant"
        id=$(tenant_id $tenant)
        keep_secret "tenant-$tenant.key" ctl key add --tenant "$id" --name quickstart \
            --scopes read,write --rate 1000000
        keep_secret "tenant-$tenant.wechat.key" ctl key add --tenant "$id" --name quickstart-wechat \
            --scopes wechat --networks 127.0.0.0/8,::1
    done
    while read -r appid tenant kind platform; do
        keep_secret "$appid" random_hex
        [ "$(count app "appid = '$appid'")" -eq 1 ] ||
            ctl app add --tenant "$(tenant_id "$tenant")" --kind "$kind" --appid "$appid" \
                --open-platform "$platform" --default "$mini_app" <"$state/secret/$appid"
        keep_secret "$appid.token" random_hex
        keep_secret "$appid.aes" random_aes_key
        printf '%s\n' "$(secret "$appid.token")" "$(secret "$appid.aes")" | ctl app set-push "$appid"
    done <<EOF
$apps
EOF
}

# ---- The programs.

# is_listening PART FILE: true when FILE, which the program writes when it listens, holds the pid of this start.
is_listening() {
    [ "$(cat "$2" 2>/dev/null)" = "$(pid_of "$1")" ]
}

is_ready_sandbox() {
    is_listening sandbox "$state/run/sandbox/"*.pid
}

start_sandbox() {
    end_stale sandbox "$programs/wxuser-sandbox.fcgi"
    start sandbox "$programs/wxuser-sandbox.fcgi" --config "$state/conf/sandbox.conf"
}

is_ready_wxuser() {
    is_listening wxuser "$state/run/wxuser/"*.pid
}

start_wxuser() {
    end_stale wxuser "$programs/wxuser.fcgi"
    start wxuser "$programs/wxuser.fcgi" --config "$state/conf/wxuser.conf"
}

# Another program may answer on the port.
is_ready_nginx() {
    is_listening nginx "$state/run/nginx.master"
}

start_nginx() {
    mkdir -p "$state/tmp"
    start nginx "$(nginx_program)" -p "$state" -e log/nginx.log -c nginx/nginx.conf
}

register_apps() {
    while read -r appid tenant kind _; do
        printf '{"appid":"%s","kind":"%s","secret":"%s","push_token":"%s","aes_key":"%s","url":"%s","api_key":"%s","wechat_key":"%s"}' \
            "$appid" "$kind" "$(secret "$appid")" "$(secret "$appid.token")" "$(secret "$appid.aes")" \
            "$url/wechat/push/$appid" "$(secret "tenant-$tenant.key")" \
            "$(secret "tenant-$tenant.wechat.key")" |
            curl -sSf --max-time 10 -H 'Content-Type: application/json' -d @- "$url/sandbox/apps"
    done <<EOF
$apps
EOF
}

is_service_ready() {
    curl -sf -o /dev/null --max-time 7 "$url/readyz"
}

await_service() {
    wait_for 30 is_service_ready || {
        curl -sS --max-time 7 "$url/readyz"
        return 1
    }
}

# ---- The verbs.

# The state directory, and the names that follow from it.
open_state() {
    [ -d "$state" ] || die "there is no $state; run 'sh conf/quickstart.sh up' first"
    state=$(cd "$state" && pwd -P) || die "cannot enter $state"
    built=$state/build
    unpacked=$state/nginx/package
    database_socket=$state/run/mariadb/sock
    database_address="socket = $database_socket"
    database_client=localhost
    trusted_proxies=
    url=http://127.0.0.1:$port
}

prepare_state() {
    (umask 022 && mkdir -p "$state") || die "cannot make $state"
    open_state
    case $state in
    *[!A-Za-z0-9/._+-]*) die "the path of the state directory may not hold blanks and the like: $state" ;;
    esac
    make_state
}

make_state() {
    longest_path=$state/run/sandbox/wxuser-sandbox-core.handover.new
    [ ${#longest_path} -lt 108 ] ||
        die "the path of the state directory is too long for sockets in it: $state"
    (umask 066 && mkdir -p "$state/run") && mkdir -p "$state/conf" "$state/nginx/local" "$state/log" "$state/secret"
}

# The packages have these names in Debian only.
check_system() {
    command -v apt-get >/dev/null 2>&1 ||
        die "it takes packages from Debian 12 or newer; elsewhere see docs/install.md"
    # shellcheck source=/dev/null
    system=$(. /etc/os-release && printf '%s %s' "$ID" "${VERSION_ID:-99}")
    case $system in
    'debian '[0-9] | 'debian '1[01]) die "this is Debian ${system#* }; it needs 12 or newer" ;;
    esac
}

# is_taken PORT: true if a program listens there on 127.0.0.1 or on all addresses.
is_taken() {
    awk -v port="$(printf '%04X' "$1")" '
        $4 == "0A" && $2 ~ "^(0100007F|0*|0000000000000000FFFF00000100007F):" port "$" { found = 1 }
        END { exit !found }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# check_number NAME VALUE LARGEST: of a port.
check_number() {
    wanted="$1 must be a number from 1 to $3, not '$2'"
    case $2 in
    0* | *[!0-9]* | ??????*) die "$wanted" ;;
    esac
    [ "$2" -le "$3" ] || die "$wanted"
}

# Without this check the conflict would show only after everything else has started.
check_port() {
    check_number WXUSER_PORT "$port" 65535
    ! is_running nginx || [ "$(cat "$state/conf/port")" != "$port" ] || return 0
    is_taken "$port" || return 0
    free=$((port < 65535 ? port + 1 : 8080))
    while is_taken $free; do
        free=$((free + 1))
    done
    die "127.0.0.1:$port is taken; run: WXUSER_PORT=$free sh $0${verb:+ $verb}"
}

lock_state() {
    exec 9>"$state/lock"
    flock -n 9 || die "another quickstart is at work on $state"
}

# On a failure and on Ctrl-C, what did not run before is stopped.
begin_start() {
    were_down=$(parts_that is_gone)
    trap 'say; say "interrupted"; end_parts "$were_down"; exit 130' INT TERM HUP
}

# get_programs INSTALL
get_programs() {
    if [ -n "$programs" ]; then
        step 'install packages' install "$1"
    else
        step 'install packages' install "$1" with-build
        programs=$built
        step 'build (the first time takes minutes)' build sh "$tree/conf/build.sh" "$programs"
    fi
    programs=$(cd "$programs" && pwd -P) || die "there is no $programs"
}

bring_up() {
    check_system
    check_port
    prepare_state
    lock_state
    begin_start
    get_programs install_packages
    step 'start MariaDB' mariadb start_mariadb
    step 'create schemas and users' setup create_schemas
    step 'write configuration and keys' setup configure
    step 'migrate' setup migrate
    step 'create tenants, apps and API keys' setup create_tenants
    step 'start the sandbox' sandbox start_sandbox
    step 'start wxuser' wxuser start_wxuser
    step 'start nginx' nginx start_nginx
    step 'register the apps in the sandbox' setup register_apps
    step 'wait until the service is ready' setup await_service
    exec 9>&-
}

up() {
    bring_up
    say "ready: $url (state in $state)"
}

# The first login of docs/sandbox.md, each command followed by its answer.
show_login() {
    # shellcheck disable=SC2016 # backquotes are the fence's
    (cd "$tree" && sed -n '/^<!-- login -->$/,/^```$/ { /^[<`]/d; p; }' docs/sandbox.md |
        WXUSER_STATE=$state sh -v 2>&1)
}

foreground() {
    bring_up
    say
    show_login
    say
    if [ -z "$were_down" ]; then
        say "ready: $url; it ran already, 'sh conf/quickstart.sh down' ends it"
        return
    fi
    say "ready: $url; Ctrl-C ends it, the data stay in $state"
    trap 'say; say "ending"; down; exit 0' INT TERM HUP
    while [ -z "$(parts_that is_gone)" ]; do
        sleep 1 &
        wait $!
    done
    down
    # A part that was stopped on purpose has no pid file.
    for part in $parts; do
        if [ -f "$state/run/$part.pid" ]; then
            say "$part ended by itself; the end of its log:"
            tail -n 5 "$state/log/$part.log" >&2
            return 1
        fi
    done
}

down() {
    open_state
    exec 9>"$state/lock"
    flock 9
    end_parts "$parts"
    ! is_cluster || (enter_cluster && end_parts "$parts")
    exec 9>&-
}

status() {
    open_state
    status=0
    if [ -f "$state/conf/port" ]; then
        url=http://127.0.0.1:$(cat "$state/conf/port")
        print_status 8 || status=1
    elif ! is_cluster; then
        print_status 8 || status=1
    fi
    if is_cluster; then
        (enter_cluster && print_status 13) || status=1
    fi
    return $status
}

# print_status WIDTH
print_status() {
    for part in $parts; do
        if pid=$(of_part pid_of "$part"); then
            printf "%-$1s running, pid %s\n" "$part" "$pid"
        else
            printf "%-$1s stopped\n" "$part"
        fi
    done
    stopped=$(parts_that is_gone)
    if [ "$stopped" = "$(parts_that true)" ] || ! is_service_ready; then
        printf "%-$1s not ready\n" service
        return 1
    fi
    printf "%-$1s ready at %s%s\n" service "$url" "${stopped:+, without ${stopped% }}"
    [ -z "$stopped" ]
}

export_line() {
    printf "export %s='%s'\n" "$1" "$2"
}

print_env() {
    open_state
    if [ -f "$state/secret/tenant-2.key" ]; then
        print_service_env
    elif ! is_cluster; then
        die "$state is not set up; run 'sh conf/quickstart.sh up' first"
    fi
    ! is_cluster || (enter_cluster && print_cluster_env)
}

print_service_env() {
    url=http://127.0.0.1:$(cat "$state/conf/port")
    export_line WXUSER_URL "$url"
    export_line WXUSERCTL "$(cd "${programs:-$built}" && pwd -P)/wxuserctl --config $state/conf/wxuser.conf"
    export_line WXUSER_API_KEY "$(secret tenant-1.key)"
    export_line WXUSER_API_KEY_2 "$(secret tenant-2.key)"
    export_line WXUSER_WECHAT_KEY "$(secret tenant-1.wechat.key)"
    export_line WXUSER_APP_ID "$mini_app"
    export_line WXUSER_SANDBOX_URL "$url"
    export_line WXUSER_DB_SOCKET "$database_socket"
    export_line WXUSER_DB_NAME wxuser
    export_line WXUSER_DB_USER wxuser
    export_line WXUSER_DB_PASSWORD "$(secret wxuser.password)"
}

# shellcheck source=conf/cluster.sh
. "$tree/conf/cluster.sh"

verb=${1:-}
case $verb in
'') foreground ;;
up) up ;;
down) down ;;
status) status ;;
env) print_env ;;
cluster) cluster ;;
*)
    sed -n '2,/^set -u$/ { s/^# \{0,1\}//p; }' "$0"
    exit 2
    ;;
esac
