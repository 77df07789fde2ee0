<?php

/* Avatars, uploaded to the README's page. */

declare(strict_types=1);

require_once __DIR__ . '/Site.php';

use PHPUnit\Framework\TestCase;

final class AvatarTest extends TestCase
{
    private static $site;
    private $token;

    public static function setUpBeforeClass(): void
    {
        self::$site = new Site('README.md');
    }

    public static function tearDownAfterClass(): void
    {
        self::$site->remove();
    }

    protected function setUp(): void
    {
        $this->token = Stack::logIn('o' . Stack::unique());
    }

    /** The bytes of a picture that is red in the middle; $write: imagejpeg or the like. */
    private static function picture(string $write, int $width, int $height): string
    {
        $picture = imagecreatetruecolor($width, $height);
        imagealphablending($picture, false);
        imagesavealpha($picture, true);
        imagefill($picture, 0, 0, imagecolorallocatealpha($picture, 0, 0, 0, 127));
        $red = imagecolorallocatealpha($picture, 255, 0, 0, 0);
        imagefilledrectangle($picture, $width >> 2, $height >> 2, $width - ($width >> 2), $height - ($height >> 2), $red);
        ob_start();
        $write($picture);
        return ob_get_clean();
    }

    private function upload(string $bytes): array
    {
        $file = self::$site->directory . '/uploaded';
        file_put_contents($file, $bytes);
        return self::$site->page('avatar.php', $this->token, $file);
    }

    private static function files(): array
    {
        return glob(self::$site->directory . '/public/avatars/{,.}*[!.]', GLOB_BRACE);
    }

    private function user(): array
    {
        return Stack::client()->find('id', Stack::client()->verify($this->token)['user_id'])[0];
    }

    /** @dataProvider pictures */
    public function testAPictureBecomesTheAvatar(string $write, int $width, int $height, array $size): void
    {
        $payload = '<?php echo 1; ?>';
        [$status, $answer] = $this->upload(self::picture($write, $width, $height) . $payload);
        $this->assertSame(200, $status);
        $id = $this->user()['user']['id'];
        $this->assertMatchesRegularExpression("~^https://shop\.example\.com/avatars/$id-[\da-f]{32}\.jpg$~", $answer['url']);
        $this->assertSame($answer['url'], $this->user()['profile']['avatar']);
        $file = self::$site->directory . '/public/avatars/' . basename($answer['url']);
        $this->assertSame(0644, fileperms($file) & 07777);
        $this->assertStringNotContainsString($payload, file_get_contents($file));
        [$newWidth, $newHeight, $type] = getimagesize($file);
        $this->assertSame([$size, IMAGETYPE_JPEG], [[$newWidth, $newHeight], $type]);
        $read = imagecreatefromjpeg($file);
        $this->assertGreaterThan(0xf00000, imagecolorat($read, $newWidth >> 1, $newHeight >> 1));
        if ($write === 'imagepng') {
            $this->assertGreaterThan(0xf0f0f0, imagecolorat($read, 0, 0));
        }
    }

    public function pictures(): array
    {
        return [
            'JPEG' => ['imagejpeg', 132, 132, [132, 132]],
            'PNG' => ['imagepng', 132, 100, [132, 100]],
            'large' => ['imagejpeg', 1280, 640, [640, 320]],
            'thin' => ['imagepng', 2000, 2, [640, 1]],
        ];
    }

    /** @dataProvider others */
    public function testWhatIsNoPictureIsRefused(string $bytes): void
    {
        $before = self::files();
        $this->assertSame([422, null], $this->upload($bytes));
        $this->assertSame($before, self::files());
        $this->assertNull($this->user()['profile']['avatar']);
    }

    public function others(): array
    {
        $png = self::picture('imagepng', 100, 100);
        return [
            'nothing' => [''],
            'PHP' => ["<?php echo 1;\n"],
            'PHP that begins as GIF' => ["GIF89a<?php echo 1;\n"],
            'GIF' => [self::picture('imagegif', 100, 100)],
            'a head alone' => [substr($png, 0, 60)],
            'too many pixels' => [self::picture('imagepng', 2049, 2048)],
            'so many pixels in few bytes' => [substr_replace($png, pack('NN', 50000, 50000), 16, 8)],
            'too many bytes' => [$png . str_repeat("\0", 2 * 1024 * 1024)],
        ];
    }

    public function testNoFileAndNoToken(): void
    {
        $this->assertSame([422, null], self::$site->page('avatar.php', $this->token));
        $this->token = '';
        $this->assertSame([401, null], $this->upload(self::picture('imagejpeg', 10, 10)));
    }

    public function testAFileOfTheServerIsNoUpload(): void
    {
        $file = self::$site->directory . '/uploaded';
        file_put_contents($file, self::picture('imagejpeg', 10, 10));
        $this->expectException(Wxuser\UploadRefused::class);
        $upload = ['error' => UPLOAD_ERR_OK, 'tmp_name' => $file];
        Stack::client()->saveAvatar($this->user()['user']['id'], $upload, dirname($file), 'https://shop.example.com');
    }

    public function testFormerAvatarsAreRemoved(): void
    {
        $directory = self::$site->directory . '/public/avatars';
        $files = [];
        for ($i = 0; $i < 3; $i++) {
            $files[] = $directory . '/' . basename($this->upload(self::picture('imagejpeg', 10, 10))[1]['url']);
            if ($i === 0) {
                touch($files[0], time() - 100);
                $foreign = "$directory/1{$this->user()['user']['id']}-x.jpg";
                touch($foreign, time() - 100);
            }
        }
        $this->assertSame([false, true, true, true], array_map('file_exists', [...$files, $foreign]));
        // As one that another upload has just removed.
        symlink('nothing', "$directory/{$this->user()['user']['id']}-x.jpg");
        Wxuser\Client::removeAvatars($this->user()['user']['id'], $directory);
        clearstatcache();
        $this->assertSame([false, false, false, true], array_map('file_exists', [...$files, $foreign]));
    }

    public function testAnAvatarThatIsRefusedIsNotKept(): void
    {
        $page = self::$site->directory . '/public/avatar.php';
        file_put_contents("$page.php", str_replace('https://shop', 'http://shop', file_get_contents($page)));
        $before = self::files();
        $file = self::$site->directory . '/uploaded';
        file_put_contents($file, self::picture('imagejpeg', 10, 10));
        $this->assertSame(500, self::$site->page('avatar.php.php', $this->token, $file)[0]);
        $this->assertSame($before, self::files());
    }
}
