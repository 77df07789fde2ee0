<?php

/*
 * A server that answers as a test says, to a connection each: php server.php DIRECTORY. It reads DIRECTORY/answers, a
 * list of what to write: bytes; "" closes the connection, null keeps it open without an answer. It speaks TLS if there is
 * DIRECTORY/tls.pem. It prints its port, and appends each request to DIRECTORY/requests.
 */

declare(strict_types=1);

[, $directory] = $argv;
$answers = json_decode(file_get_contents("$directory/answers"), true);
$tls = is_file("$directory/tls.pem") ? ['ssl' => ['local_cert' => "$directory/tls.pem"]] : [];
$scheme = $tls === [] ? 'tcp' : 'ssl';
$server = stream_socket_server("$scheme://127.0.0.1:0", $number, $text, STREAM_SERVER_BIND | STREAM_SERVER_LISTEN,
    stream_context_create($tls));
echo explode(':', stream_socket_get_name($server, false))[1], "\n";
$open = [];
while (true) {
    $client = @stream_socket_accept($server, 60);
    $head = '';
    while ($client !== false && ($line = fgets($client)) !== false && $line !== "\r\n") {
        $head .= $line;
    }
    if ($head === '') {
        // The client has refused the certificate.
        continue;
    }
    $size = preg_match('/^Content-Length: (\d+)/mi', $head, $found) === 1 ? (int) $found[1] : 0;
    $body = $size === 0 ? '' : stream_get_contents($client, $size);
    file_put_contents("$directory/requests", json_encode([$head, $body]) . "\n", FILE_APPEND);
    $answer = array_shift($answers);
    if ($answer === null) {
        $open[] = $client;
        continue;
    }
    fwrite($client, $answer);
    fclose($client);
}
