// The shop's get, getlist and saveuser as a Node service with a process for each processor: service.js SOCKET
// DB_SOCKET. No credential, no validation, no log. The client of Debian's node-mysql writes values into the statement's text.
'use strict';

const cluster = require('cluster');
const fs = require('fs');
const http = require('http');
const os = require('os');
const mysql = require('mysql');

const COLUMNS = 'SELECT id, tenant_id, openid, name, avatar, phone FROM user ';
const SAVE = 'INSERT INTO user (tenant_id, openid, name, avatar, phone) VALUES (1, ?, ?, ?, ?) ' +
    'ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), name = VALUES(name), avatar = VALUES(avatar), ' +
    'phone = VALUES(phone)';
const [socket, database] = process.argv.slice(2);

function shown(row) {
    return {tenantId: row.tenant_id, openId: row.openid, name: row.name, profile: row.avatar, phone: row.phone,
        memberId: 0, id: row.id};
}

// The known users in the order of ids, each once.
function inAskedOrder(ids, rows) {
    const known = new Map(rows.map((row) => [row.id, row]));
    return [...new Set(ids.map(Number))].filter((id) => known.has(id)).map((id) => shown(known.get(id)));
}

const endpoints = {
    get: (url) => [COLUMNS + 'WHERE id = ?', [Number(url.searchParams.get('id'))], (rows) => shown(rows[0])],
    getlist: (url, ids) => [COLUMNS + 'WHERE id IN (?)', [ids.map(Number)], (rows) => inAskedOrder(ids, rows)],
    saveuser: (url, user) => [SAVE, [user.openId, user.name, user.profile, user.phone],
        (result) => ({data: result.insertId, status: 200, message: ''})],
};

function serve() {
    const pool = mysql.createPool({socketPath: database, user: 'node', password: 'peer', database: 'peer',
        charset: 'utf8mb4', connectionLimit: 16});

    function answer(request, response, body) {
        const url = new URL(request.url, 'http://localhost');
        const endpoint = endpoints[url.pathname.split('/').pop()];
        const [text, values, present] = endpoint(url, body.length > 0 ? JSON.parse(body) : undefined);
        pool.query(text, values, (error, result) => {
            response.writeHead(error ? 500 : 200, {'Content-Type': 'application/json; charset=utf-8'});
            response.end(JSON.stringify(error ? String(error) : present(result)));
        });
    }

    http.createServer((request, response) => {
        const parts = [];
        request.on('data', (part) => parts.push(part));
        request.on('end', () => answer(request, response, Buffer.concat(parts)));
    }).listen(socket, () => fs.chmodSync(socket, 0o666));
}

if (cluster.isPrimary) {
    for (let i = 0; i < os.cpus().length; i++)
        cluster.fork();
} else {
    serve();
}
