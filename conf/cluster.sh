# shellcheck shell=sh disable=SC2034,SC2154 # variables of quickstart.sh, which reads this file
# The quick start's cluster: three MariaDB nodes with Galera, two hosts that each run wxuser and nginx, and HAProxy before
# the hosts. All of it is in the directory "cluster" of the state directory, where each node and each host has a
# state directory of its own. Nodes and HAProxy run the files of conf/galera with other addresses. The sandbox is on the
# first host.
#
# Ports, counted from WXUSER_CLUSTER_PORT: 0 HAProxy before the hosts, 1 and 2 the hosts' nginx, 3 HAProxy before the
# nodes. Node N has four: 10 N MariaDB, 10 N + 1 Galera's replication, 10 N + 2 IST (the changes that a node lacks),
# 10 N + 3 SST (a copy of all data).

cluster_packages='galera-4 mariadb-backup socat iproute2'
cluster_parts='node1/mariadb node2/mariadb node3/mariadb host1/sandbox host1/wxuser host1/nginx host2/wxuser host2/nginx
    haproxy'

is_cluster() {
    [ -f "$state/cluster/conf/port" ]
}

# The names of the single service become those of the cluster.
enter_cluster() {
    state=$state/cluster
    [ ! -f "$state/conf/port" ] || [ "$verb" = cluster ] || cluster_port=$(cat "$state/conf/port")
    parts=$cluster_parts
    unpacked=$state/package
    url=http://127.0.0.1:$cluster_port
    database_socket=$(socket_of_node 1)
    database_client=127.0.0.1
    trusted_proxies=127.0.0.1
}

socket_of_node() {
    printf '%s' "$state/node$1/run/mariadb/sock"
}

# list_nodes OFFSET N…: their addresses; OFFSET 0 is MariaDB's port, 1 that of the replication.
list_nodes() {
    node_offset=$((cluster_port + $1))
    shift
    for node; do
        printf '127.0.0.1:%s,' $((node_offset + 10 * node))
    done | sed 's/,$//'
}

# ---- The nodes.

# write_node_conf N
write_node_conf() {
    node_port=$((cluster_port + 10 * $1))
    node_listens="gmcast.listen_addr=tcp://127.0.0.1:$((node_port + 1)); ist.recv_addr=127.0.0.1:$((node_port + 2))"
    sed -e "s|^\(wsrep_cluster_address\) .*|\1 = gcomm://$(list_nodes 1 1 2 3)|" \
        -e "s|^\(wsrep_node_address\) .*|\1 = 127.0.0.1:$((node_port + 1))|" \
        -e "s|^\(wsrep_node_name\) .*|\1 = node$1|" \
        -e "s|^\(wsrep_sst_auth\) .*|\1 = $(database_user):|" \
        -e 's|^\(bind_address\) .*|\1 = 127.0.0.1|' \
        -e "s|gcache.size=1G|gcache.size=64M; $node_listens|" \
        -e '/^\[sst\]/,/^$/d; /^ssl_/d; s|; socket\.ssl_[^;"]*||g' \
        "$tree/conf/galera/galera.cnf"
    cat <<EOF

# What only the quick start needs.
wsrep_sst_receive_address = 127.0.0.1:$((node_port + 3))
port = $node_port
socket = $state/run/mariadb/sock
pid_file = $state/run/mariadb/pid
datadir = $state/mariadb
tmpdir = $state/run/mariadb
character_set_server = utf8mb4
innodb_buffer_pool_size = 64M
innodb_log_file_size = 48M
EOF
}

# prepare_node N
prepare_node() {
    make_state
    # MariaDB's user reads it.
    if (umask 022 && write_node_conf "$1" | replace "$state/run/mariadb.cnf"); then
        end mariadb
    fi
    # One that was stopped by a signal goes on.
    ! is_running mariadb || kill -CONT "$(pid_of mariadb)"
}

# Prints where the node's data end, UUID:NUMBER. After a kill only InnoDB's log tells it.
position_of_node() {
    node_number=$(sed -n 's/^seqno: *//p' "$state/mariadb/grastate.dat" 2>/dev/null) || :
    if [ "${node_number:--1}" != -1 ]; then
        sed -n "s/^uuid: *\(.*\)/\1:$node_number/p" "$state/mariadb/grastate.dat"
    elif [ -d "$state/mariadb/mysql" ]; then
        prepare_mariadb
        $prefix "$mariadbd" --defaults-file="$state/run/mariadb.cnf" --wsrep-recover 2>&1 |
            sed -n 's/.*WSREP: Recovered position: *//p'
    fi
}

# start_node OPTION…: returns when it serves.
start_node() {
    database_socket=$state/run/mariadb/sock
    prepare_mariadb
    if is_gone mariadb; then
        own_directory "$state/mariadb"
        node_position=$(position_of_node)
        case $node_position in
        '' | 00000000-*) ;;
        *) set -- "$@" "--wsrep-start-position=$node_position" ;;
        esac
        # The programs that copy all data.
        PATH=$PATH:$unpacked/usr/bin
    fi
    # shellcheck disable=SC2086 # words
    start mariadb $prefix "$mariadbd" --defaults-file="$state/run/mariadb.cnf" "$@"
    wait_for 60 is_synced
}

wsrep_status() {
    echo "SHOW GLOBAL STATUS LIKE 'wsrep_$1'" | sql 2>/dev/null | cut -f 2
}

is_synced() {
    [ "$(wsrep_status cluster_status)" = Primary ] && [ "$(wsrep_status local_state_comment)" = Synced ]
}

# Prints the numbers of the nodes that run.
running_nodes() {
    for node in 1 2 3; do
        at node$node is_gone mariadb || printf '%s ' $node
    done
}

# Sets $database_socket to that of a node with a majority, which does not count nodes that have just ended.
find_primary() {
    # shellcheck disable=SC2046 # words
    set -- $(running_nodes)
    for node; do
        database_socket=$(socket_of_node "$node")
        node_size=$(wsrep_status cluster_size)
        [ "${node_size:-4}" -gt $# ] || ! is_synced || return 0
    done
    return 1
}

# Prints the number of the node whose data end last.
newest_node() {
    for node in 1 2 3; do
        node_position=$(at node$node position_of_node)
        printf '%s %s\n' "${node_position##*:}" $node
    done | sort -k 1,1nr -k 2,2n | sed -n '1s/.* //p'
}

# As galera_new_cluster does.
bootstrap_node() {
    prepare_mariadb
    make_database
    [ ! -f "$state/mariadb/grastate.dat" ] ||
        sed -i 's/^safe_to_bootstrap: 0/safe_to_bootstrap: 1/' "$state/mariadb/grastate.dat"
    start_node --wsrep-new-cluster
}

# Without a majority those that run form one; that is right only because all others are known to have ended.
make_primary() {
    # shellcheck disable=SC2046 # words
    set -- $(running_nodes)
    if [ $# -eq 0 ]; then
        node=$(newest_node)
        at "node$node" bootstrap_node
    else
        database_socket=$(socket_of_node "$1")
        echo "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'" | sql
    fi
    wait_for 10 find_primary
}

start_nodes() {
    for node in 1 2 3; do
        at node$node prepare_node $node
    done
    # The rest of a cluster notices within seconds what has ended.
    find_primary || { [ -n "$(running_nodes)" ] && wait_for 6 find_primary; } || make_primary
    # A donor runs mariadb-backup as this user, and HAProxy's check logs in as the other.
    sql <<EOF
CREATE USER IF NOT EXISTS $(database_user)@localhost IDENTIFIED VIA unix_socket;
GRANT RELOAD, PROCESS, LOCK TABLES, REPLICATION CLIENT ON *.* TO $(database_user)@localhost;
CREATE USER IF NOT EXISTS haproxy@127.0.0.1 IDENTIFIED BY '';
EOF
    for node in 1 2 3; do
        at node$node start_node
    done
}

# ---- The hosts.

# configure_host N FILE…: host 1 prefers node 1, host 2 node 2.
configure_host() {
    make_state
    port=$((cluster_port + $1))
    case $1 in
    1) database_address="host = $(list_nodes 0 1 2 3)" ;;
    2) database_address="host = $(list_nodes 0 2 3 1)" ;;
    esac
    shift
    configure_parts "$@"
    ctl keys create
}

# All hosts need the same keys. Each has its own log of erasures.
copy_secrets() {
    for file in "$state/host1/secret/"*; do
        case $file in
        */erasures.log*) ;;
        *) replace "$state/host2/secret/${file##*/}" <"$file" || : ;;
        esac
    done
}

configure_hosts() {
    at host1 configure_host 1 conf/wxuser.conf conf/sandbox.conf nginx/nginx.conf
    at host2 make_state
    copy_secrets
    at host2 configure_host 2 conf/wxuser.conf nginx/nginx.conf
    ln -sfn ../../host1/run/sandbox.sock "$state/host2/run/sandbox.sock"
}

start_hosts() {
    for host in 1 2; do
        at host$host start_wxuser
        at host$host start_nginx
    done
}

# ---- HAProxy.

haproxy_program() {
    sh "$tree/conf/program.sh" haproxy "$unpacked"
}

write_haproxy_conf() {
    cat <<EOF
global
    log stdout format raw local0 notice

EOF
    sed -e "s|bind :80\$|bind 127.0.0.1:$cluster_port|" -e '/bind :443/d; /ssl_fc/d' \
        -e "s|192.0.2.21:8080|127.0.0.1:$((cluster_port + 1))|" \
        -e "s|192.0.2.22:8080|127.0.0.1:$((cluster_port + 2))|" "$tree/conf/galera/haproxy-web.cfg.in"
    sed -e "s|127.0.0.1:3307|127.0.0.1:$((cluster_port + 3))|" \
        -e "s|192.0.2.11:3306|$(list_nodes 0 1)|" -e "s|192.0.2.12:3306|$(list_nodes 0 2)|" \
        -e "s|192.0.2.13:3306|$(list_nodes 0 3)|" "$tree/conf/galera/haproxy-database.cfg.in"
}

# Nobody else took the port before it started.
is_ready_haproxy() {
    is_taken "$cluster_port"
}

start_haproxy() {
    configure_parts conf/haproxy.conf
    start haproxy "$(haproxy_program)" -db -f "$state/conf/haproxy.conf"
}

# ---- The verb and the cluster's part of others.

check_cluster_port() {
    check_number WXUSER_CLUSTER_PORT "$cluster_port" 65500
    running=$(parts_that is_running)
    if [ -n "$running" ]; then
        kept_port=$(cat "$state/conf/port")
        [ "$cluster_port" = "$kept_port" ] ||
            die "the cluster runs at $kept_port; to move it run 'sh $0 down' first"
        return
    fi
    for offset in 0 1 2 3 10 11 12 13 20 21 22 23 30 31 32 33; do
        ! is_taken $((cluster_port + offset)) ||
            die "127.0.0.1:$((cluster_port + offset)) is taken; choose another WXUSER_CLUSTER_PORT"
    done
}

install_cluster_packages() {
    install_packages "$@"
    # shellcheck disable=SC2086 # words
    sh "$tree/conf/packages.sh" $cluster_packages
    # MariaDB's user runs a script of the server's package, which would start a server of the system.
    umask 022
    sh "$tree/conf/program.sh" wsrep_sst_mariabackup "$unpacked" mariadb-server
    haproxy_program
}

cluster() {
    check_system
    prepare_state
    lock_state
    enter_cluster
    (umask 066 && mkdir -p "$state") && make_state
    check_cluster_port
    printf '%s\n' "$cluster_port" >"$state/conf/port"
    begin_start
    get_programs install_cluster_packages
    step 'start the nodes of the database' nodes start_nodes
    step 'create schemas and users' setup at host1 create_host_schemas
    step 'write configuration and keys' setup configure_hosts
    step 'migrate' setup at host1 migrate
    step 'create tenants, apps and API keys' setup at host1 create_tenants
    step 'start the sandbox' sandbox at host1 start_sandbox
    step 'start wxuser and nginx on both hosts' hosts start_hosts
    step 'start HAProxy' haproxy start_haproxy
    step 'wait until the service is ready' setup await_cluster
    step 'register the apps in the sandbox' setup at host1 register_apps
    exec 9>&-
    say "ready: $url (state in $state)"
}

create_host_schemas() {
    make_state
    create_schemas
}

await_cluster() {
    for port in "$cluster_port" $((cluster_port + 1)) $((cluster_port + 2)); do
        url=http://127.0.0.1:$port
        await_service
    done
}

print_cluster_env() {
    directory=$(cd "${programs:-$built}" && pwd -P)
    export_line WXUSER_CLUSTER_URL "$url"
    for host in 1 2; do
        export_line WXUSER_CLUSTER_URL_$host "http://127.0.0.1:$((cluster_port + host))"
        export_line WXUSER_CLUSTER_CTL_$host "$directory/wxuserctl --config $state/host$host/conf/wxuser.conf"
    done
    export_line WXUSER_CLUSTER_API_KEY "$(at host1 secret tenant-1.key)"
    export_line WXUSER_CLUSTER_APP_ID "$mini_app"
    for node in 1 2 3; do
        export_line WXUSER_CLUSTER_SOCKET_$node "$(socket_of_node $node)"
    done
    export_line WXUSER_CLUSTER_DATABASE "127.0.0.1:$((cluster_port + 3))"
}
