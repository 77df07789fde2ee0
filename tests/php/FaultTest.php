<?php

/* The client where the service, the network or TLS fails. */

declare(strict_types=1);

require_once __DIR__ . '/Stack.php';
require_once __DIR__ . '/easywechat.php';
require_once __DIR__ . '/../../clients/php/EasyWeChatToken.php';

use PHPUnit\Framework\TestCase;
use Wxuser\Client;
use Wxuser\CursorTooOld;
use Wxuser\EasyWeChatToken;
use Wxuser\Failure;

final class FaultTest extends TestCase
{
    private const KEY = 'wxk_SecretSecretSecretSecretSecret';
    private const USERS = '{"users":[{"id":1}]}';

    private $directory;
    private $server;

    protected function setUp(): void
    {
        $this->directory = sys_get_temp_dir() . '/wxuser-php-' . Stack::unique();
        mkdir($this->directory);
        ini_set('zend.exception_ignore_args', '0');
        // Nobody stands between the client and a service on the same machine.
        putenv('http_proxy=http://127.0.0.1:1');
    }

    protected function tearDown(): void
    {
        if ($this->server !== null) {
            proc_terminate($this->server);
            proc_close($this->server);
        }
        array_map('unlink', glob("$this->directory/*"));
        rmdir($this->directory);
    }

    private static function answer(int $status, string $body, string $headers = ''): string
    {
        return "HTTP/1.1 $status Something\r\nContent-Length: " . strlen($body) . "\r\n$headers\r\n$body";
    }

    private static function problem(int $status, string $code, string $headers = ''): string
    {
        return self::answer($status, json_encode(['title' => 'Text', 'code' => $code]), $headers);
    }

    /** The port of a server that gives these answers, and hangs after them. */
    private function serve(array $answers): string
    {
        file_put_contents("$this->directory/answers", json_encode($answers));
        touch("$this->directory/requests");
        $command = [PHP_BINARY, __DIR__ . '/server.php', $this->directory];
        $this->server = proc_open($command, [1 => ['pipe', 'w']], $pipes);
        return trim(fgets($pipes[1]));
    }

    private function client(array $answers, array $options = []): Client
    {
        return new Client("http://127.0.0.1:{$this->serve($answers)}", self::KEY, $options);
    }

    private function requests(): array
    {
        return array_map('json_decode', file("$this->directory/requests"));
    }

    private function assertHidesTheKey(Throwable $thrown): void
    {
        // The trace has PHPUnit's own objects: too much for a message.
        $this->assertFalse(strpos($thrown . print_r($thrown->getTrace(), true), 'wxk_'));
    }

    /** What a call fails with. */
    private function failure(callable $call): Failure
    {
        try {
            $call();
        } catch (Failure $failure) {
            $this->assertHidesTheKey($failure);
            return $failure;
        }
        $this->fail('it did not fail');
    }

    private function find(Client $client): callable
    {
        return fn () => $client->find('id', 1);
    }

    // ---- The key

    public function testTheKeyIsNotShown(): void
    {
        $client = new Client('https://user.example.com', self::KEY);
        ob_start();
        var_dump($client);
        print_r($client);
        $this->assertStringNotContainsString('wxk_', ob_get_clean());
        foreach ([fn () => serialize($client), fn () => new Client('http://user.example.com', self::KEY)] as $call) {
            try {
                $call();
                $this->fail('it was not refused');
            } catch (LogicException $exception) {
                $this->assertHidesTheKey($exception);
            }
        }
    }

    /**
     * @requires PHP 8.2
     */
    public function testWhatIsSecretIsInNoTrace(): void
    {
        $client = $this->client(array_fill(0, 2, self::problem(403, 'scope_missing')));
        foreach ([fn () => $client->verify('wxt_Hidden'), fn () => $client->accessToken('wx1000000000000001', 'Hidden')] as $call) {
            $this->assertFalse(strpos(print_r($this->failure($call)->getTrace(), true), 'Hidden'));
        }
    }

    public function testWhatIsSent(): void
    {
        $this->find($this->client([self::answer(200, self::USERS)]))();
        [[$head, $body]] = $this->requests();
        $this->assertStringStartsWith("POST /v1/users/find HTTP/1.1\r\n", $head);
        $this->assertStringContainsString("Authorization: Bearer wxk_SecretSecret", $head);
        $this->assertStringContainsString("\r\nAccept-Language: zh\r\n", $head);
        $this->assertStringContainsString("\r\nContent-Type: application/json\r\n", $head);
        $this->assertSame('{"id":1}', $body);
    }

    public function testAServiceBelowAPath(): void
    {
        $port = $this->serve([self::answer(200, self::USERS)]);
        $this->find(new Client("http://localhost:$port/wx/", self::KEY))();
        $this->assertStringStartsWith('POST /wx/v1/users/find ', $this->requests()[0][0]);
    }

    // ---- Repetitions

    /** @dataProvider passing */
    public function testWhatPassesIsRepeated(string $answer): void
    {
        $client = $this->client([$answer, self::answer(200, self::USERS)]);
        $this->assertSame([['id' => 1]], $client->find('id', 1));
        $this->assertCount(2, $this->requests());
    }

    public function passing(): array
    {
        return [
            'busy' => [self::problem(503, 'busy', "Retry-After: 0\r\n")],
            'maintenance' => [self::problem(503, 'maintenance')],
            'too often' => [self::problem(429, 'too_often', "Retry-After: 0\r\n")],
            'of the web server' => [self::answer(502, '<html>')],
            'a moment that has passed' => [self::problem(503, 'busy', "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n")],
            'cut off' => [''],
            'cut off in the answer' => ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"users\""],
        ];
    }

    public function testRetryAfterIsObeyed(): void
    {
        $client = $this->client([self::problem(429, 'too_often', "Retry-After: 1\r\n"), self::answer(200, self::USERS)]);
        $began = microtime(true);
        $client->find('id', 1);
        $this->assertGreaterThanOrEqual(1.0, microtime(true) - $began);
    }

    public function testRetryAfterBeyondTheTimeout(): void
    {
        $client = $this->client([self::problem(503, 'busy', "Retry-After: 60\r\n")]);
        $problem = $this->failure($this->find($client));
        $this->assertSame(['busy', 60], [$problem->getCode(), $problem->getRetryAfter()]);
        $this->assertCount(1, $this->requests());
    }

    public function testThreeAttempts(): void
    {
        $problem = $this->failure($this->find($this->client(array_fill(0, 4, self::problem(503, 'busy', "Retry-After: 0\r\n")))));
        $this->assertSame('busy', $problem->getCode());
        $this->assertCount(3, $this->requests());
    }

    /** @dataProvider lasting */
    public function testWhatLastsIsNotRepeated(string $answer, string $text): void
    {
        $failure = $this->failure($this->find($this->client([$answer, self::answer(200, self::USERS)])));
        $this->assertStringContainsString($text, $failure->getMessage());
        $this->assertNull($failure->getRetryAfter());
        $this->assertCount(1, $this->requests());
    }

    public function lasting(): array
    {
        return [
            'refused' => [self::problem(403, 'scope_missing'), 'scope_missing: Text (HTTP 403, '],
            'internal' => [self::problem(500, 'internal'), 'internal: Text (HTTP 500, '],
            'WeChat failed' => [self::problem(502, 'wechat_failed'), 'wechat_failed: '],
            'WeChat silent' => [self::problem(504, 'wechat_silent'), 'wechat_silent: '],
            'of another program' => [self::answer(200, '<html>'), 'HTTP 200 without JSON'],
            'elsewhere' => [self::answer(307, '', "Location: /v1/users/find\r\n"), 'HTTP 307'],
            'a number' => [self::answer(200, '1'), 'HTTP 200 without JSON'],
            'errors of its own' => [self::answer(400, '{"errors":"Text"}'), '400 (HTTP 400, '],
            'message' => [self::answer(400, '{"Message":"Text"}'), '400: Text (HTTP 400, '],
        ];
    }

    public function testWritesAreRepeated(): void
    {
        $client = $this->client(['', self::answer(200, '{"data":7,"status":200,"message":""}'), '', self::answer(200, '{}')]);
        $this->assertSame(7, $client->createMember(1, '13800000000'));
        $client->patchUser(1, ['name' => 'x']);
        $bodies = array_column($this->requests(), 1);
        $this->assertSame([$bodies[1], $bodies[3]], [$bodies[0], $bodies[2]]);
    }

    public function testAServiceThatIsSilent(): void
    {
        $failure = $this->failure($this->find($this->client([null], ['timeout' => 0.3])));
        $this->assertMatchesRegularExpression('/timed out after \d{3,4} milliseconds/', $failure->getMessage());
        $this->assertSame(0, $failure->getRetryAfter());
        $this->assertCount(1, $this->requests());
    }

    public function testAServiceThatIsNotThere(): void
    {
        $failure = $this->failure($this->find(new Client('http://127.0.0.1:1', self::KEY)));
        $this->assertStringContainsString('POST /v1/users/find: ', $failure->getMessage());
    }

    public function testChangesHavePages(): void
    {
        $client = $this->client([
            self::answer(200, '{"users":[{"id":1},{"id":2}],"cursor":"a","has_more":true}'),
            self::answer(200, '{"users":[],"cursor":"b+","has_more":true}'),
            self::answer(200, '{"users":[{"id":3}],"cursor":"c","has_more":false}'),
        ]);
        $pages = iterator_to_array($client->changes('x'));
        $this->assertSame(['a' => [['id' => 1], ['id' => 2]], 'b+' => [], 'c' => [['id' => 3]]], $pages);
        $cursors = array_map(function (array $request): string {
            return strtok(substr($request[0], strpos($request[0], '=') + 1), ' ');
        }, $this->requests());
        $this->assertSame(['x', 'a', 'b%2B'], $cursors);
    }

    public function testACursorThatIsTooOld(): void
    {
        $client = $this->client([self::problem(410, 'cursor_too_old')]);
        $failure = $this->failure(fn () => iterator_to_array($client->changes('a b')));
        $this->assertInstanceOf(CursorTooOld::class, $failure);
        $this->assertSame(410, $failure->getStatus());
        $this->assertStringStartsWith('GET /v1/users/changes?cursor=a%20b ', $this->requests()[0][0]);
    }

    // ---- The app's access token

    public function testATokenIsKeptUntilItIsRefused(): void
    {
        $token = new EasyWeChatToken($this->client([
            self::answer(200, '{"access_token":"a","expires_in":7000}'),
            self::answer(200, '{"access_token":"b","expires_in":0}'),
            self::answer(200, '{"access_token":"c","expires_in":7000}'),
        ]), 'wx1000000000000001');
        $this->assertSame(['a', ['access_token' => 'a']], [$token->getToken(), $token->toQuery()]);
        $this->assertSame(['b', 'c', 'c'], [$token->refresh(), $token->getToken(), $token->getToken()]);
        $this->assertStringStartsWith('POST /v1/apps/wx1000000000000001/access-token ', $this->requests()[0][0]);
        $this->assertSame(['{}', '{"refused":"a"}', '{}'], array_column($this->requests(), 1));
    }

    public function testATokenThatIsRefusedBeforeItWasAsked(): void
    {
        $answer = self::answer(200, '{"access_token":"a","expires_in":7000}');
        $this->assertSame('a', (new EasyWeChatToken($this->client([$answer]), 'wx1000000000000001'))->refresh());
        $this->assertSame('{}', $this->requests()[0][1]);
    }

    // ---- TLS

    private function certify(string $name): void
    {
        // PHP 7.4 wants default_bits, though the key is none of RSA.
        $conf = "[req]\ndefault_bits=2048\ndistinguished_name=dn\n[dn]\n[v3]\nsubjectAltName=DNS:$name\n";
        file_put_contents("$this->directory/conf", $conf);
        $options = ['config' => "$this->directory/conf", 'x509_extensions' => 'v3'];
        $key = openssl_pkey_new(['private_key_type' => OPENSSL_KEYTYPE_EC, 'curve_name' => 'prime256v1']);
        $request = openssl_csr_new(['commonName' => $name], $key, $options);
        openssl_x509_export(openssl_csr_sign($request, null, $key, 1, $options), $certificate);
        openssl_pkey_export($key, $secret, null, $options);
        file_put_contents("$this->directory/ca.pem", $certificate);
        file_put_contents("$this->directory/tls.pem", $certificate . $secret);
    }

    /** @dataProvider certificates */
    public function testACertificateIsVerified(string $name, bool $isTrusted): void
    {
        $this->certify($name);
        $port = $this->serve([self::answer(200, self::USERS)]);
        $options = $isTrusted ? ['ca_file' => "$this->directory/ca.pem"] : [];
        $find = $this->find(new Client("https://localhost:$port", self::KEY, $options));
        if ($isTrusted && $name === 'localhost') {
            $this->assertSame([['id' => 1]], $find());
            return;
        }
        $this->assertNull($this->failure($find)->getRetryAfter());
        $this->assertSame([], $this->requests());
    }

    public function certificates(): array
    {
        return [['localhost', true], ['localhost', false], ['other.example.com', true]];
    }
}
