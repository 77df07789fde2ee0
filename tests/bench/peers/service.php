<?php
// The shop's get, getlist and saveuser as one PHP script, with a persistent connection. No credential, no validation,
// no log. PDO sends each statement with its values in one trip.
const COLUMNS = 'SELECT id, tenant_id, openid, name, avatar, phone FROM user ';
const SAVE = 'INSERT INTO user (tenant_id, openid, name, avatar, phone) VALUES (1, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE '
    . 'id = LAST_INSERT_ID(id), name = VALUES(name), avatar = VALUES(avatar), phone = VALUES(phone)';

$db = new PDO("mysql:unix_socket={$_SERVER['PEER_DB']};dbname=peer;charset=utf8mb4", 'php', 'peer', [
    PDO::ATTR_PERSISTENT => true,
    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
    PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
]);

function ask($text, $values)
{
    global $db;
    $statement = $db->prepare($text);
    $statement->execute($values);
    return $statement;
}

function shown($row)
{
    return ['tenantId' => (int)$row['tenant_id'], 'openId' => $row['openid'], 'name' => $row['name'],
        'profile' => $row['avatar'], 'phone' => $row['phone'], 'memberId' => 0, 'id' => (int)$row['id']];
}

// The known users in the order of ids, each once.
function in_asked_order($ids, $rows)
{
    $known = array_column($rows, null, 'id');
    $found = array_filter(array_unique($ids), fn($id) => isset($known[$id]));
    return array_values(array_map(fn($id) => shown($known[$id]), $found));
}

function posted()
{
    return json_decode(file_get_contents('php://input'), true);
}

switch (basename($_SERVER['PATH_INFO'])) {
    case 'get':
        $answer = shown(ask(COLUMNS . 'WHERE id = ?', [(int)$_GET['id']])->fetch());
        break;
    case 'getlist':
        $ids = array_map('intval', posted());
        $marks = implode(', ', array_fill(0, count($ids), '?'));
        $answer = in_asked_order($ids, ask(COLUMNS . "WHERE id IN ($marks)", $ids)->fetchAll());
        break;
    case 'saveuser':
        $user = posted();
        ask(SAVE, [$user['openId'], $user['name'], $user['profile'], $user['phone']]);
        $answer = ['data' => (int)$db->lastInsertId(), 'status' => 200, 'message' => ''];
        break;
    default:
        http_response_code(404);
        exit;
}
header('Content-Type: application/json; charset=utf-8');
echo json_encode($answer, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
