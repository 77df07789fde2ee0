<?php

/* What the client knows of EasyWeChat 6: an interface, and an application that takes it. */

declare(strict_types=1);

namespace EasyWeChat\Kernel\Contracts;

interface AccessToken
{
    public function getToken(): string;

    public function toQuery(): array;
}

interface RefreshableAccessToken extends AccessToken
{
    public function refresh(): string;
}

namespace EasyWeChat\MiniApp;

use EasyWeChat\Kernel\Contracts\AccessToken;

final class Application
{
    private $accessToken;

    public function __construct(array $config)
    {
    }

    public function setAccessToken(AccessToken $accessToken): self
    {
        $this->accessToken = $accessToken;
        return $this;
    }

    public function getAccessToken(): AccessToken
    {
        return $this->accessToken;
    }
}
