<?php

/* A web site made of a README's examples, with the running service in place of the one that they name. */

declare(strict_types=1);

require_once __DIR__ . '/Stack.php';

final class Site
{
    private const SOURCE = __DIR__ . '/../../clients/php';

    public $directory;
    public $openid;
    public $phone;
    private $server;
    private $port;

    public function __construct(string $readme)
    {
        $this->directory = sys_get_temp_dir() . '/wxuser-site-' . Stack::unique();
        $this->openid = 'o' . Stack::unique();
        $this->phone = Stack::phone();
        mkdir("$this->directory/public/avatars", 0755, true);
        foreach (['Wxuser.php', 'EasyWeChatToken.php'] as $name) {
            copy(self::SOURCE . "/$name", "$this->directory/$name");
        }
        foreach (self::examples($readme) as $name => $text) {
            file_put_contents("$this->directory/$name", strtr($text, [
                'https://user.example.com' => getenv('WXUSER_URL'),
                'wxk_YOUR_KEY' => getenv('WXUSER_API_KEY'),
                'wxk_YOUR_WECHAT_KEY' => getenv('WXUSER_WECHAT_KEY'),
                'oAbC123' => $this->openid,
                '13800138000' => $this->phone,
            ]));
        }
    }

    /** The blocks of PHP by the names on their first lines. */
    public static function examples(string $readme): array
    {
        preg_match_all('~^```php\n(<\?php // (\S+)\n.*?)^```$~ms', file_get_contents(self::SOURCE . "/$readme"), $found);
        return array_combine($found[2], $found[1]);
    }

    /** What a script writes; it must end well. */
    public function run(string $name): string
    {
        exec(PHP_BINARY . ' -d display_errors=stderr ' . escapeshellarg("$this->directory/$name") . ' 2>&1', $lines, $status);
        PHPUnit\Framework\Assert::assertSame(0, $status, implode("\n", $lines));
        return implode("\n", $lines);
    }

    /** Status and JSON of a page, with an access token, and with a file as the mini program uploads it. */
    public function page(string $path, string $token = '', string $file = null): array
    {
        $this->serve();
        $curl = curl_init("http://127.0.0.1:$this->port/$path");
        curl_setopt_array($curl, [
            CURLOPT_HTTPHEADER => $token === '' ? [] : ["Authorization: Bearer $token"],
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_PROXY => '',
        ]);
        if ($file !== null) {
            curl_setopt($curl, CURLOPT_POSTFIELDS, ['file' => new CURLFile($file, 'image/png', '../../evil.php')]);
        }
        $text = curl_exec($curl);
        return [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), json_decode($text, true)];
    }

    private function serve(): void
    {
        if ($this->server !== null) {
            return;
        }
        do { // none of those that the kernel gives to connections, which may take it meanwhile
            $this->port = (string) random_int(12000, 19999);
            $free = @stream_socket_server("tcp://127.0.0.1:$this->port");
        } while ($free === false);
        fclose($free);
        $command = [PHP_BINARY, '-d', 'upload_max_filesize=8M', '-S', "127.0.0.1:$this->port", '-t', "$this->directory/public"];
        $this->server = proc_open($command, [2 => ['file', "$this->directory/log", 'a']], $pipes);
        for ($i = 0; $i < 500 && !@fsockopen('127.0.0.1', (int) $this->port); $i++) {
            usleep(20000);
        }
    }

    public function remove(): void
    {
        if ($this->server !== null) {
            proc_terminate($this->server);
            proc_close($this->server);
        }
        exec('rm -rf ' . escapeshellarg($this->directory));
    }
}
