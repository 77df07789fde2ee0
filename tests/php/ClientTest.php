<?php

/* The client against the service. */

declare(strict_types=1);

require_once __DIR__ . '/Stack.php';
require_once __DIR__ . '/easywechat.php';
require_once __DIR__ . '/../../clients/php/EasyWeChatToken.php';

use PHPUnit\Framework\TestCase;
use Wxuser\Client;
use Wxuser\EasyWeChatToken;
use Wxuser\Problem;

/** As PSR-16 has it, as far as the client uses it. */
final class Cache
{
    public $kept = [];
    public $seconds;

    public function get($key, $default = null)
    {
        return $this->kept[$key] ?? $default;
    }

    public function set($key, $value, $ttl = null): bool
    {
        $this->kept[$key] = $value;
        $this->seconds = $ttl;
        return true;
    }
}

final class ClientTest extends TestCase
{
    private $openid;
    private $client;

    protected function setUp(): void
    {
        $this->openid = 'o' . Stack::unique();
        $this->client = Stack::client();
    }

    private function refused(callable $call): Problem
    {
        try {
            $call();
        } catch (Problem $problem) {
            return $problem;
        }
        $this->fail('it was not refused');
    }

    // ---- Tokens

    public function testWhoseTokenItIs(): void
    {
        $user = $this->client->verify(Stack::logIn($this->openid));
        $this->assertSame([$this->openid, getenv('WXUSER_APP_ID')], [$user['openid'], $user['client_id']]);
        $this->assertMatchesRegularExpression('/^[\da-f-]{36}$/', $user['sub']);
        $this->assertGreaterThan(time(), $user['exp']);
        $this->assertSame($user['user_id'], $this->client->saveUser(['openId' => $this->openid]));
    }

    public function testWhatIsNoToken(): void
    {
        $dead = Stack::logIn($this->openid);
        Stack::logOut($dead);
        $garbage = ['', 'x', 'wxt_', 'wxt_' . str_repeat('0', 49), 'wxt_' . str_repeat('a', 9000), "wxt_\xff", '12'];
        $tokens = array_merge($garbage, [$dead, getenv('WXUSER_API_KEY')]);
        $this->assertSame(array_fill(0, 9, null), $this->client->verifyAll($tokens));
        $this->assertNull($this->client->verify($dead));
    }

    public function testManyTokensKeepTheirKeys(): void
    {
        $token = Stack::logIn($this->openid);
        $tokens = [];
        for ($i = 0; $i < 150; $i++) {
            $tokens["at $i"] = 'wxt_' . sprintf('%049d', $i);
        }
        $tokens += ['mine' => $token, 'again' => $token];
        $found = $this->client->verifyAll($tokens);
        $this->assertSame(array_keys($tokens), array_keys($found));
        $this->assertSame(['mine', 'again'], array_keys(array_filter($found)));
        $this->assertSame([], $this->client->verifyAll([]));
    }

    public function testTheTokenOfAnotherTenant(): void
    {
        $other = new Client(getenv('WXUSER_URL'), getenv('WXUSER_API_KEY_2'));
        $this->assertNull($other->verify(Stack::logIn($this->openid)));
    }

    public function testACacheKeepsWhatIsValid(): void
    {
        $cache = new Cache();
        $client = Stack::client(['cache' => $cache, 'cache_seconds' => 5]);
        $token = Stack::logIn($this->openid);
        $user = $client->verify($token);
        $client->verify('wxt_' . str_repeat('0', 49));
        $this->assertSame([[$user], 5], [array_values($cache->kept), $cache->seconds]);
        $this->assertMatchesRegularExpression('/^[\w.]{1,64}$/D', array_keys($cache->kept)[0]);
        $this->assertStringNotContainsString($token, serialize($cache));
        Stack::logOut($token);
        $this->assertSame($user, $client->verify($token));
        $this->assertNull(Stack::client()->verify($token));
        $this->assertNull(Stack::client(['cache' => $cache, 'timeout' => 9])->verify($token . 'x'));
        foreach ($cache->kept as $key => $kept) {
            $cache->kept[$key]['exp'] = time();
        }
        $this->assertNull($client->verify($token));
    }

    public function testACacheOfTwoTenants(): void
    {
        $cache = new Cache();
        $token = Stack::logIn($this->openid);
        $this->assertNotNull(Stack::client(['cache' => $cache])->verify($token));
        $other = new Client(getenv('WXUSER_URL'), getenv('WXUSER_API_KEY_2'), ['cache' => $cache]);
        $this->assertNull($other->verify($token));
    }

    public function testTheTokenOfARequest(): void
    {
        $headers = ['HTTP_AUTHORIZATION' => 'Bearer wxt_a', 'REDIRECT_HTTP_AUTHORIZATION' => 'bearer  wxt_a'];
        foreach ($headers as $name => $value) {
            $_SERVER[$name] = $value;
            $this->assertSame('wxt_a', Client::bearer());
            $_SERVER[$name] = 'Basic wxt_a';
            $this->assertSame('', Client::bearer());
            unset($_SERVER[$name]);
        }
        $this->assertSame('', Client::bearer());
    }

    // ---- Users

    public function testUsersAreFound(): void
    {
        $token = Stack::logIn($this->openid);
        $user = $this->client->verify($token);
        [$found] = $this->client->find('openid', $this->openid);
        $this->assertSame([$user['user_id'], $user['sub']], [$found['user']['id'], $found['account_id']]);
        $this->assertSame([$found], $this->client->find('id', $user['user_id']));
        $this->assertSame([$found], $this->client->find('id', (string) $user['user_id']));
        $this->assertSame([$found], $this->client->find('account_id', strtoupper($user['sub'])));
        $this->assertSame([], $this->client->find('unionid', $this->openid));
    }

    public function testAPhoneThatNobodyConfirmed(): void
    {
        $phone = Stack::phone();
        $id = $this->client->saveUser(['openId' => $this->openid, 'phone' => $phone]);
        $this->assertSame([], $this->client->find('phone', $phone));
        [$user] = $this->client->find('phone', $phone, true);
        $this->assertSame([$id, false], [$user['user']['id'], $user['phone']['is_confirmed']]);
    }

    /** @dataProvider wrongs */
    public function testWhatCannotBeRightIsNotSent(callable $call): void
    {
        $this->expectException(InvalidArgumentException::class);
        $call(new Client('http://127.0.0.1:1', 'wxk_x', ['timeout' => 0.1]));
    }

    public function wrongs(): array
    {
        return [
            'by' => [fn (Client $client) => $client->find('name', 'x')],
            'openid' => [fn (Client $client) => $client->find('openid', '')],
            'list' => [fn (Client $client) => $client->find('openid', ['x'])],
            'id' => [fn (Client $client) => $client->find('id', '1x')],
            'account' => [fn (Client $client) => $client->find('account_id', '7')],
            'no user' => [fn (Client $client) => $client->patchUser(0, [])],
            'no users' => [fn (Client $client) => $client->getUsers([1, -1])],
            'member' => [fn (Client $client) => $client->unbindMember(-1)],
            'path' => [fn (Client $client) => $client->accessToken('../users')],
            'no appid' => [fn (Client $client) => $client->accessToken('')],
            'appid' => [fn (Client $client) => $client->accessToken(str_repeat('a', 65))],
            'GBK' => [fn (Client $client) => $client->patchUser(1, ['name' => "\xd5\xc5"])],
            'plain' => [fn () => new Client('http://user.example.com', 'wxk_x')],
            'host' => [fn () => new Client('http://localhost.example.com', 'wxk_x')],
            'userinfo' => [fn () => new Client('https://me@user.example.com', 'wxk_x')],
            'query' => [fn () => new Client('https://user.example.com/?x', 'wxk_x')],
            'key' => [fn () => new Client('https://user.example.com', 'wxt_x')],
            'line' => [fn () => new Client('https://user.example.com', "wxk_x\r\nX: y")],
            'option' => [fn () => new Client('https://user.example.com', 'wxk_x', ['time' => 1])],
        ];
    }

    public function testAProfileChanges(): void
    {
        $id = $this->client->saveUser(['openId' => $this->openid, 'name' => '小明']);
        $user = $this->client->patchUser($id, ['name' => '小红/😀', 'gender' => 2]);
        $this->assertSame(['小红/😀', 2], [$user['profile']['name'], $user['profile']['gender']]);
        $this->assertSame($user, $this->client->patchUser($id, []));
        $this->assertNull($this->client->patchUser($id, ['name' => null])['profile']['name']);
    }

    public function testARefusalSaysWhatIsWrong(): void
    {
        $id = $this->client->saveUser(['openId' => $this->openid]);
        $problem = $this->refused(fn () => $this->client->patchUser($id, ['avatar' => 'wxfile://x', 'gender' => 7]));
        $this->assertSame(['value', 422], [$problem->getCode(), $problem->getStatus()]);
        $this->assertSame(['/profile/avatar', '/profile/gender'], array_column($problem->getErrors(), 'pointer'));
        $this->assertMatchesRegularExpression('/^[\da-f]{16,}$/', $problem->getRequestId());
        $this->assertStringContainsString('A member is not valid', $problem->getMessage());
        $this->assertStringContainsString($problem->getRequestId(), $problem->getMessage());
        $this->assertNull($problem->getRetryAfter());
    }

    public function testAUserWhoIsNotThere(): void
    {
        $problem = $this->refused(fn () => $this->client->patchUser(2000000000, ['name' => 'x']));
        $this->assertSame(['not_found', 404], [$problem->getCode(), $problem->getStatus()]);
    }

    public function testAKeyThatTheServiceDoesNotKnow(): void
    {
        $client = new Client(getenv('WXUSER_URL'), 'wxk_' . str_repeat('0', 49));
        $problem = $this->refused(fn () => $client->find('id', 1));
        $this->assertSame(['token_unknown', 401], [$problem->getCode(), $problem->getStatus()]);
        $problem = $this->refused(fn () => $client->getUsers([1]));
        $this->assertSame(['401', 401], [$problem->getCode(), $problem->getStatus()]);
    }

    public function testChangesAreFollowed(): void
    {
        $found = [];
        foreach ($this->client->changes() as $cursor => $users) {
            $found = array_merge($found, $users);
        }
        $changed = array_filter($found, function (array $user): bool {
            return $user['state'] === 'present' && $user['user']['openid'] === getenv('WXUSER_CHANGED_OPENID');
        });
        $this->assertSame(['小明'], array_column(array_column($changed, 'profile'), 'name'));
        $this->assertSame($this->client->find('openid', getenv('WXUSER_CHANGED_OPENID'))[0]['user']['id'], current($changed)['id']);
        foreach ($this->client->changes($cursor) as $users) {
            $this->assertNotContains(current($changed), $users);
        }
    }

    public function testACursorThatIsNone(): void
    {
        $problem = $this->refused(fn () => $this->client->changes('x')->current());
        $this->assertSame(['value', 422], [$problem->getCode(), $problem->getStatus()]);
    }

    // ---- WeChat's tokens

    public function testTheTokenOfAnApp(): void
    {
        $official = 'wx1000000000000002';
        $client = new Client(getenv('WXUSER_URL'), getenv('WXUSER_WECHAT_KEY'));
        [$one, $another] = [new EasyWeChatToken($client, $official), new EasyWeChatToken($client, $official)];
        $former = $one->getToken();
        $this->assertSame($former, $another->getToken());
        $renewed = $one->refresh();
        $this->assertNotSame($former, $renewed);
        $this->assertSame($renewed, $another->refresh());
        $this->assertSame(['access_token' => $renewed], $one->toQuery());
        $problem = $this->refused(fn () => $client->accessToken('wx2000000000000001'));
        $this->assertSame('not_found', $problem->getCode());
        $problem = $this->refused(fn () => $client->accessToken('Other-app_2'));
        $this->assertSame('not_found', $problem->getCode());
        $problem = $this->refused(fn () => $this->client->accessToken($official));
        $this->assertSame('scope_missing', $problem->getCode());
    }

    // ---- Shop

    public function testUsersOfTheShop(): void
    {
        $first = $this->client->saveUser(['openId' => $this->openid, 'name' => '甲']);
        $second = $this->client->saveUser(['openId' => "{$this->openid}2", 'phone' => '12345']);
        $this->assertSame($first, $this->client->saveUser(['id' => $first, 'name' => '乙']));
        $ids = array_merge([$second, (string) $first], range(2000000001, 2000001200));
        $users = $this->client->getUsers($ids);
        $this->assertSame([$second, $first], array_column($users, 'id'));
        $this->assertSame(['乙', $this->openid], [$users[1]['name'], $users[1]['openId']]);
        $this->assertSame([], $this->client->getUsers([]));
        $problem = $this->refused(fn () => $this->client->saveUser(['id' => $first, 'openId' => 'oOther']));
        $this->assertSame(['500', 200], [$problem->getCode(), $problem->getStatus()]);
        $this->assertStringContainsString('openId cannot be changed', $problem->getMessage());
        $this->assertMatchesRegularExpression('/^[\da-f]{16,}$/', $problem->getRequestId());
    }

    public function testMembers(): void
    {
        $id = $this->client->saveUser(['openId' => $this->openid]);
        $other = $this->client->saveUser(['openId' => "{$this->openid}2"]);
        $phone = Stack::phone();
        $member = $this->client->createMember($id, $phone, ['name' => '张三', 'birthday' => '1990-01-31']);
        $this->assertSame($member, $this->client->createMember($id, $phone));
        $this->assertSame($member, $this->client->getUsers([$id])[0]['memberId']);
        $problem = $this->refused(fn () => $this->client->bindMember($other, $phone));
        $this->assertSame('500', $problem->getCode());
        $problem = $this->refused(fn () => $this->client->bindMember($other, Stack::phone()));
        $this->assertSame('602', $problem->getCode());
        $this->client->unbindMember($id);
        $this->client->unbindMember($id);
        $problem = $this->refused(fn () => $this->client->bindMember($other, $phone, ['name' => '李四']));
        $this->assertStringContainsString('name or idCard', $problem->getMessage());
        $this->assertSame($member, $this->client->bindMember($other, $phone, ['name' => '张三']));
    }
}
