<?php

/* The running service with its sandbox. tests/stack/php_client.py puts addresses and keys into the environment. */

declare(strict_types=1);

require_once __DIR__ . '/../../clients/php/Wxuser.php';

final class Stack
{
    private static $numbers = 0;

    public static function client(array $options = []): Wxuser\Client
    {
        return new Wxuser\Client(getenv('WXUSER_URL'), getenv('WXUSER_API_KEY'), $options + ['language' => 'en']);
    }

    /** A text that no other test has, good in an openid. */
    public static function unique(): string
    {
        return sprintf('%x-%x-%d', getmypid(), hrtime(true), self::$numbers++);
    }

    /** A phone that no other test has. */
    public static function phone(): string
    {
        return '136' . substr((string) (hrtime(true) + self::$numbers++), -8);
    }

    /** The access token of a user who has just logged in. */
    public static function logIn(string $openid): string
    {
        $appid = getenv('WXUSER_APP_ID');
        $code = self::post('/sandbox/codes', ['appid' => $appid, 'openid' => $openid])['code'];
        return self::post('/v1/login', ['code' => $code], ["X-WX-AppId: $appid"])['access_token'];
    }

    public static function logOut(string $token): void
    {
        self::post('/v1/logout', [], ["Authorization: Bearer $token"]);
    }

    /** Null if the answer is no JSON. */
    public static function post(string $path, array $body, array $headers = []): ?array
    {
        $curl = curl_init(getenv('WXUSER_URL') . $path);
        curl_setopt_array($curl, [
            CURLOPT_POSTFIELDS => json_encode((object) $body),
            CURLOPT_HTTPHEADER => array_merge(['Content-Type: application/json'], $headers),
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_PROXY => '',
        ]);
        return json_decode(curl_exec($curl), true);
    }
}
