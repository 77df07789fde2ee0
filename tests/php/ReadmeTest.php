<?php

/* The examples of both READMEs do what is said of them. */

declare(strict_types=1);

require_once __DIR__ . '/Site.php';

use PHPUnit\Framework\TestCase;

final class ReadmeTest extends TestCase
{
    private $site;

    protected function tearDown(): void
    {
        if ($this->site !== null) {
            $this->site->remove();
        }
    }

    public function readmes(): array
    {
        return [['README.md'], ['README.en.md']];
    }

    public function testBothHaveTheSameExamples(): void
    {
        $code = function (string $text): string {
            return preg_replace(['~^ *// .*\n~m', "~'.*?'|\".*?\"~"], ['', "''"], $text);
        };
        $this->assertSame(
            array_map($code, Site::examples('README.md')),
            array_map($code, Site::examples('README.en.md'))
        );
    }

    /** @dataProvider readmes */
    public function testWhoseTokenItIs(string $readme): void
    {
        $this->site = new Site($readme);
        $token = Stack::logIn($this->site->openid);
        [$status, $user] = $this->site->page('me.php', $token);
        $this->assertSame([200, $this->site->openid], [$status, $user['openid']]);
        $this->assertSame([401, null], $this->site->page('me.php'));
        Stack::logOut($token);
        $this->assertSame([401, null], $this->site->page('me.php', $token));
        file_put_contents("{$this->site->directory}/config.php", str_replace(
            getenv('WXUSER_URL'),
            'http://127.0.0.1:1',
            file_get_contents("{$this->site->directory}/config.php")
        ));
        $this->assertSame([503, null], $this->site->page('me.php', $token));
    }

    /** @dataProvider readmes */
    public function testTheTokenOfAnApp(string $readme): void
    {
        $this->site = new Site($readme);
        mkdir("{$this->site->directory}/vendor");
        copy(__DIR__ . '/easywechat.php', "{$this->site->directory}/vendor/autoload.php");
        $this->assertMatchesRegularExpression('/^81_[\w-]{500}$/', $this->site->run('wechat.php'));
    }

    /** @dataProvider readmes */
    public function testChangesAreFollowed(string $readme): void
    {
        $this->site = new Site($readme);
        $id = Stack::client()->find('openid', getenv('WXUSER_CHANGED_OPENID'))[0]['user']['id'];
        $this->assertStringContainsString("\n$id present 小明\n", "\n{$this->site->run('sync.php')}\n");
        $this->assertStringNotContainsString("\n$id ", "\n{$this->site->run('sync.php')}\n");
    }

    /** @dataProvider readmes */
    public function testUsersAndMembers(string $readme): void
    {
        $this->site = new Site($readme);
        $this->assertMatchesRegularExpression('/^\d+ 小明\n小红$/', $this->site->run('users.php'));
        $this->assertContains($this->site->run('members.php'), ['已绑定', 'bound']);
        $this->assertContains($this->site->run('members.php'), ['已绑定', 'bound']);
    }
}
