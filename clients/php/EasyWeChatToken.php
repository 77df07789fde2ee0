<?php

/* The app's access token for EasyWeChat 6 or newer: $app->setAccessToken(new Wxuser\EasyWeChatToken($wxuser, $appid)). */

declare(strict_types=1);

namespace Wxuser;

use EasyWeChat\Kernel\Contracts\RefreshableAccessToken;

final class EasyWeChatToken implements RefreshableAccessToken
{
    // Somebody else may have had it renewed meanwhile.
    private const KEPT_SECONDS = 60;

    private $client;
    private $appid;
    private $token = '';
    private $keptUntil = 0;

    public function __construct(Client $client, string $appid)
    {
        $this->client = $client;
        $this->appid = $appid;
    }

    public function getToken(): string
    {
        return time() < $this->keptUntil ? $this->token : $this->ask('');
    }

    /** @return array<string,string> */
    public function toQuery(): array
    {
        return ['access_token' => $this->getToken()];
    }

    /** After WeChat has refused the token. */
    public function refresh(): string
    {
        return $this->ask($this->token);
    }

    private function ask(
        #[\SensitiveParameter]
        string $refused
    ): string {
        $answer = $this->client->accessToken($this->appid, $refused);
        $this->token = $answer['access_token'];
        $this->keptUntil = time() + min(self::KEPT_SECONDS, $answer['expires_in']);
        return $this->token;
    }
}
