<?php

/*
 * The client of wxuser for a tenant's own server: PHP 7.4 or newer with curl and json. README.md shows how to use it.
 *
 * A method of Client is one call of the service, or a few for long lists. A call takes at most the option "timeout",
 * with all repetitions. It is repeated if the service was not reached, was busy, or asked to wait. Calls that write are
 * repeated, too: the service gives the same answer to each of them again.
 *
 * What the service refuses is a Problem; what leaves a call without an answer is a Failure. An argument that cannot be
 * right is an InvalidArgumentException, before anything is sent.
 */

declare(strict_types=1);

namespace Wxuser;

/** No answer of the service: the network, TLS, a time-out, or somebody else who answered. */
class Failure extends \RuntimeException
{
    private $retryAfter;

    public function __construct(string $message, ?int $retryAfter)
    {
        parent::__construct($message);
        $this->retryAfter = $retryAfter;
    }

    /** Seconds until the same call may succeed; null if it will not. */
    public function getRetryAfter(): ?int
    {
        return $this->retryAfter;
    }
}

/** The service has refused. getCode() is the code of its answer, a string: "not_found", "602", else the HTTP status. */
class Problem extends Failure
{
    private $status;
    private $requestId;
    private $errors;

    /** @param array $answer a problem document, or status and message of the shop dialect */
    public function __construct(array $answer, int $status, string $requestId, ?int $retryAfter)
    {
        $code = (string) ($answer['code'] ?? $answer['status'] ?? $status);
        $this->errors = is_array($answer['errors'] ?? null) ? $answer['errors'] : [];
        $title = $answer['title'] ?? $answer['message'] ?? $answer['Message'] ?? '';
        $text = array_merge([$code, $title, $answer['detail'] ?? ''], array_column($this->errors, 'pointer'));
        $message = implode(': ', array_filter($text)) . " (HTTP $status, request $requestId)";
        parent::__construct($message, $retryAfter);
        $this->code = $code;
        $this->status = $status;
        $this->requestId = $requestId;
    }

    /** The HTTP status. */
    public function getStatus(): int
    {
        return $this->status;
    }

    /** By which the service's log knows this call. */
    public function getRequestId(): string
    {
        return $this->requestId;
    }

    /** The members that are wrong, each with pointer, code and detail. */
    public function getErrors(): array
    {
        return $this->errors;
    }
}

/** The cursor of changes() is too old: read everything again, from the cursor ''. */
final class CursorTooOld extends Problem
{
}

/** What was uploaded is no picture that can be an avatar. */
final class UploadRefused extends \RuntimeException
{
}

final class Client
{
    private const OPTIONS = [
        'timeout' => 10,
        'language' => 'zh',
        'cache' => null,
        'cache_seconds' => 10,
        'ca_file' => '',
    ];
    private const URL = '~^(https://[^/?#@\s]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)(/[^?#\s]*)?$~D';
    private const ATTEMPTS = 3;
    private const SHOP = '/api/weixin/wxbuyinguser/';
    private const FIND_BY = [
        'openid' => '/^\S{1,64}$/D',
        'unionid' => '/^\S{1,64}$/D',
        'phone' => '/^.{1,32}$/Dsu',
        'id' => '/^[1-9]\d{0,9}$/D',
        'account_id' => '/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/Di',
    ];
    // A repetition does not make a certificate valid.
    private const CURL_FINAL = [CURLE_SSL_CACERT, CURLE_SSL_PEER_CERTIFICATE, CURLE_SSL_CACERT_BADFILE];
    private const HTTP_TEMPORARY = [429, 502, 503, 504];
    private const AVATAR_SIZE = 2 * 1024 * 1024;
    private const AVATAR_PIXELS = 2048 * 2048;
    private const AVATAR_SIDE = 640;
    private const AVATAR_READERS = [IMAGETYPE_JPEG => 'imagecreatefromjpeg', IMAGETYPE_PNG => 'imagecreatefrompng'];

    private $url;
    private $key;
    private $options;
    private $curl;

    /**
     * @param string $url of the service, as "https://user.example.com"; http only if it is on this machine
     * @param string $key the API key, "wxk_…"
     * @param array $options timeout: seconds that a call may take; language: of the messages, zh or en; cache: where
     *     verify() keeps valid tokens for cache_seconds, an object with PSR-16's get() and set(); ca_file: certificates
     *     to trust in place of the system's
     */
    public function __construct(
        string $url,
        #[\SensitiveParameter]
        string $key,
        array $options = []
    ) {
        $this->key = $key;
        // Before PHP 8.2 the trace of an exception shows what is in a parameter.
        $key = '';
        $this->url = rtrim($url, '/');
        $this->options = $options + self::OPTIONS;
        $unknown = implode(', ', array_keys(array_diff_key($options, self::OPTIONS)));
        self::check($unknown === '', "unknown options: $unknown");
        self::check(
            preg_match(self::URL, $url) === 1,
            'the URL does not begin with https://, or has more than a host and a path'
        );
        self::check(preg_match('/^wxk_\w+$/D', $this->key) === 1, 'this is no API key, which begins with wxk_');
    }

    /** What var_dump() and print_r() show: not the key. */
    public function __debugInfo(): array
    {
        return ['url' => $this->url];
    }

    /** The key belongs into no session and no queue. */
    public function __serialize(): array
    {
        throw new \LogicException('Wxuser\Client is not to be serialized');
    }

    /** The access token with which the present request came; '' if there is none. */
    public static function bearer(): string
    {
        $header = $_SERVER['HTTP_AUTHORIZATION'] ?? $_SERVER['REDIRECT_HTTP_AUTHORIZATION'] ?? '';
        if ($header === '' && function_exists('getallheaders')) {
            $header = array_change_key_case(getallheaders())['authorization'] ?? '';
        }
        return preg_match('/^Bearer +(\S+)$/Di', $header, $found) === 1 ? $found[1] : '';
    }

    // ---- Users

    /**
     * Whose access token it is: sub (the account), previous_subs, client_id (the appid), openid, user_id, exp, iat.
     * Null if it is not valid.
     */
    public function verify(
        #[\SensitiveParameter]
        string $token
    ): ?array {
        return $this->verifyAll([$token])[0];
    }

    /** verify() for each of the tokens, by their keys; a call for a hundred of them. */
    public function verifyAll(
        #[\SensitiveParameter]
        array $tokens
    ): array {
        $found = [];
        $asked = [];
        foreach (preg_grep('/^wxt_\w{1,500}$/D', $tokens) as $token) {
            $found[$token] = $this->remembered($token);
            if ($found[$token] === null) {
                $asked[] = $token;
            }
        }
        foreach (array_chunk($asked, 100) as $chunk) {
            foreach ($this->call('POST', '/v1/introspect', ['tokens' => $chunk]) as $i => $answer) {
                if ($answer['active'] === true) {
                    $found[$chunk[$i]] = $answer;
                    $this->remember($chunk[$i], $answer);
                }
            }
        }
        return array_map(fn (string $token): ?array => $found[$token] ?? null, $tokens);
    }

    /**
     * The users found, at most 100, as GET /v1/me shows them. A phone finds the account that confirmed it last.
     *
     * @param string $by openid, unionid, phone, id or account_id
     * @param int|string $value
     * @param bool $unconfirmed by phone: also users whose profile has it, which anybody can claim
     */
    public function find(string $by, $value, bool $unconfirmed = false): array
    {
        self::check(isset(self::FIND_BY[$by]), "users are not found by $by");
        self::check(is_int($value) || is_string($value), "$by is neither a number nor a text");
        self::check(preg_match(self::FIND_BY[$by], (string) $value) === 1, "this is no $by");
        $query = [$by => $by === 'id' ? (int) $value : (string) $value];
        if ($unconfirmed) {
            $query['include_unconfirmed'] = true;
        }
        return $this->call('POST', '/v1/users/find', $query)['users'];
    }

    /**
     * All users in the order of their changes: cursor => list of users. Each has id and state: "present", "closed",
     * "erased", or "merged" when account_id has become into. Keep the cursor once the list is stored. A user may come
     * again.
     *
     * @param string $cursor the one kept; '' reads everything
     * @throws CursorTooOld
     */
    public function changes(string $cursor = ''): \Generator
    {
        do {
            $query = $cursor === '' ? '' : '?cursor=' . rawurlencode($cursor);
            $page = $this->call('GET', "/v1/users/changes$query");
            $cursor = $page['cursor'];
            yield $cursor => $page['users'];
        } while ($page['has_more']);
    }

    /**
     * Changes a user's profile: name, avatar, gender, language, country, province, city. null and '' clear. The answer
     * is the user as GET /v1/me shows it.
     */
    public function patchUser(int $id, array $profile): array
    {
        return $this->call('PATCH', '/v1/users/' . self::id($id), ['profile' => (object) $profile]);
    }

    // ---- Users and members as the shop dialect has them

    /**
     * Saves the user of openId, or of id: name, profile (the avatar's URL), phone. What is absent keeps its value, ''
     * clears it. Returns the id.
     */
    public function saveUser(array $user): int
    {
        return $this->call('POST', self::SHOP . 'saveuser', (object) $user)['data'];
    }

    /** Users in the order of their ids, without the unknown: id, openId, name, profile, phone, memberId. */
    public function getUsers(array $ids): array
    {
        $lists = [[]];
        foreach (array_chunk($ids, 1000) as $chunk) {
            $lists[] = $this->call('POST', self::SHOP . 'getlist', array_map([self::class, 'id'], $chunk));
        }
        return array_merge(...$lists);
    }

    /**
     * Creates a member and binds the user to it. Returns the member's id; the same user and phone give the same again.
     *
     * @param array $member name, sex, birthday ("1990-01-31"), idCard, address
     */
    public function createMember(int $userId, string $phone, array $member = []): int
    {
        return $this->call('POST', self::SHOP . 'createmember', self::member($userId, $phone, $member))['data'];
    }

    /** Binds the user to the member of this phone; a name or idCard must be the member's. Returns the member's id. */
    public function bindMember(int $userId, string $phone, array $member = []): int
    {
        return $this->call('POST', self::SHOP . 'bindmember', self::member($userId, $phone, $member))['data'];
    }

    /** It is no error if none is bound. */
    public function unbindMember(int $userId): void
    {
        $this->call('POST', self::SHOP . 'unbindmember', ['wxBuyingUserId' => self::id($userId)]);
    }

    private static function member(int $userId, string $phone, array $member): array
    {
        return ['wxBuyingUserId' => self::id($userId), 'phone' => $phone] + $member;
    }

    // ---- Avatars, which this server keeps

    /**
     * Makes the uploaded picture the user's avatar and returns its URL. It is decoded and written anew as JPEG, without
     * what the file had beside the picture, under a name that nobody can guess. Older ones of the user are removed.
     *
     * @param array $upload of $_FILES
     * @param string $directory where the avatars are
     * @param string $url of that directory, https
     * @throws UploadRefused
     */
    public function saveAvatar(int $userId, array $upload, string $directory, string $url): string
    {
        $name = sprintf('%d-%s.jpg', self::id($userId), bin2hex(random_bytes(16)));
        self::writeAvatar(self::readAvatar($upload), "$directory/$name");
        $avatar = rtrim($url, '/') . "/$name";
        try {
            $this->patchUser($userId, ['avatar' => $avatar]);
        } catch (Problem $problem) {
            // After a failure of the service the profile may have it.
            if ($problem->getStatus() < 500) {
                unlink("$directory/$name");
            }
            throw $problem;
        }
        // A younger one may be that of an upload at the same time.
        self::removeAvatars($userId, $directory, time() - 60);
        return $avatar;
    }

    /** Removes the pictures of a user that are older than a time, by default all: after the user was erased. */
    public static function removeAvatars(int $userId, string $directory, int $before = PHP_INT_MAX): void
    {
        foreach (preg_grep('/^' . self::id($userId) . '-\w+\.jpg$/D', scandir($directory)) as $name) {
            // Another upload of the user may remove it at the same time.
            if (@filemtime("$directory/$name") < $before) {
                @unlink("$directory/$name");
            }
        }
    }

    /** The picture, at most AVATAR_SIDE wide and high, on white. */
    private static function readAvatar(array $upload)
    {
        if (!function_exists('imagejpeg')) {
            throw new \LogicException('avatars need the extension gd');
        }
        $file = $upload['tmp_name'] ?? null;
        if (($upload['error'] ?? null) !== UPLOAD_ERR_OK || !is_string($file) || !is_uploaded_file($file)) {
            throw new UploadRefused('the file has not arrived');
        }
        [$width, $height, $type] = (filesize($file) <= self::AVATAR_SIZE ? @getimagesize($file) : false) ?: [0, 0, 0];
        $reader = self::AVATAR_READERS[$type] ?? null;
        $picture = $reader !== null && $width * $height <= self::AVATAR_PIXELS ? @$reader($file) : false;
        if ($picture === false) {
            throw new UploadRefused('the file is no JPEG or PNG picture, or is too large');
        }
        $scale = min(1, self::AVATAR_SIDE / max($width, $height));
        $avatar = imagecreatetruecolor(max(1, (int) ($width * $scale)), max(1, (int) ($height * $scale)));
        imagefill($avatar, 0, 0, imagecolorallocate($avatar, 255, 255, 255));
        imagecopyresampled($avatar, $picture, 0, 0, 0, 0, imagesx($avatar), imagesy($avatar), $width, $height);
        return $avatar;
    }

    private static function writeAvatar($avatar, string $path): void
    {
        if (!@imagejpeg($avatar, $path, 85) || !chmod($path, 0644)) {
            @unlink($path);
            throw new \RuntimeException("cannot write $path");
        }
    }

    // ---- The app's access token of WeChat

    /**
     * The access token of the app and the seconds that it is valid: access_token, expires_in. The key needs the scope
     * wechat.
     *
     * @param string $refused a token that WeChat has refused: if it is still the service's, it is renewed
     */
    public function accessToken(
        string $appid,
        #[\SensitiveParameter]
        string $refused = ''
    ): array {
        self::check(preg_match('/^[\w-]{1,64}$/D', $appid) === 1, 'this is no appid');
        $body = $refused === '' ? [] : ['refused' => $refused];
        return $this->call('POST', "/v1/apps/$appid/access-token", (object) $body);
    }

    // ---- The tokens that verify() has seen

    private function cacheKey(string $token): string
    {
        return 'wxuser.' . hash_hmac('sha224', "$this->url $token", $this->key);
    }

    private function remembered(string $token): ?array
    {
        $answer = $this->options['cache'] === null ? null : $this->options['cache']->get($this->cacheKey($token));
        return is_array($answer) && $answer['exp'] > time() ? $answer : null;
    }

    private function remember(string $token, array $answer): void
    {
        if ($this->options['cache'] !== null) {
            $this->options['cache']->set($this->cacheKey($token), $answer, $this->options['cache_seconds']);
        }
    }

    // ---- HTTP

    private static function check(bool $isRight, string $otherwise): void
    {
        if (!$isRight) {
            throw new \InvalidArgumentException($otherwise);
        }
    }

    private static function id(int $id): int
    {
        self::check($id > 0, 'an id is above 0');
        return $id;
    }

    /** @param array|object|null $body */
    private function call(
        string $method,
        string $path,
        #[\SensitiveParameter]
        $body = null
    ): array {
        $json = $body === null ? null : json_encode($body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
        self::check($json !== false, 'a text is not in UTF-8');
        $deadline = microtime(true) + $this->options['timeout'];
        for ($attempt = 1;; $attempt++) {
            try {
                $this->prepare($method, $path, $json, $deadline);
                return $this->exchange("$method $path");
            } catch (Failure $failure) {
                $wait = $failure->getRetryAfter();
                // Those who were refused at the same time do not come again at the same time.
                $pause = $wait + 2 ** $attempt * mt_rand(50, 150) / 1000;
                if ($wait === null || $attempt === self::ATTEMPTS || microtime(true) + $pause >= $deadline) {
                    throw $failure;
                }
                usleep((int) ($pause * 1e6));
            }
        }
    }

    /** Apart from exchange(), in whose traces the key would be. */
    private function prepare(string $method, string $path, ?string $json, float $deadline): void
    {
        $left = max(2, (int) (($deadline - microtime(true)) * 1000));
        $this->curl = $this->curl ?? curl_init();
        curl_reset($this->curl);
        curl_setopt_array($this->curl, [
            CURLOPT_URL => $this->url . $path,
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_HTTPHEADER => [
                "Authorization: Bearer $this->key",
                'Accept: application/json',
                'Accept-Language: ' . $this->options['language'],
                'Content-Type: application/json',
                'Expect:',
            ],
            CURLOPT_USERAGENT => 'wxuser-php',
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_CONNECTTIMEOUT_MS => intdiv($left, 2),
            CURLOPT_TIMEOUT_MS => $left,
            CURLOPT_NOSIGNAL => true,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_SSL_VERIFYPEER => true,
            CURLOPT_SSL_VERIFYHOST => 2,
        ]);
        if ($json !== null) {
            curl_setopt($this->curl, CURLOPT_POSTFIELDS, $json);
        }
        if ($this->options['ca_file'] !== '') {
            curl_setopt($this->curl, CURLOPT_CAINFO, $this->options['ca_file']);
        }
        if (strncmp($this->url, 'http:', 5) === 0) {
            // What has no TLS does not leave this machine.
            curl_setopt($this->curl, CURLOPT_PROXY, '');
        }
    }

    /** @param string $call what a failure is of */
    private function exchange(string $call): array
    {
        $headers = [];
        curl_setopt($this->curl, CURLOPT_HEADERFUNCTION, function ($curl, string $line) use (&$headers): int {
            [$name, $value] = explode(':', $line, 2) + [1 => ''];
            $headers[strtolower($name)] = trim($value);
            return strlen($line);
        });
        $text = curl_exec($this->curl);
        if ($text === false) {
            $isFinal = in_array(curl_errno($this->curl), self::CURL_FINAL, true);
            throw new Failure("$call: " . curl_error($this->curl), $isFinal ? null : 0);
        }
        $answer = $text === '' ? [] : json_decode($text, true);
        $status = curl_getinfo($this->curl, CURLINFO_RESPONSE_CODE);
        $isTemporary = in_array($status, self::HTTP_TEMPORARY, true);
        $retryAfter = $isTemporary ? self::seconds($headers['retry-after'] ?? '0') : null;
        if (!is_array($answer)) {
            throw new Failure("$call: HTTP $status without JSON", $retryAfter);
        }
        return self::accept($answer, $status, $headers['x-request-id'] ?? '', $retryAfter);
    }

    /** Returns the answer unless it is a refusal. */
    private static function accept(array $answer, int $status, string $requestId, ?int $retryAfter): array
    {
        // Writes of the shop dialect are refused with HTTP 200.
        $isRefused = isset($answer['status'], $answer['message']) && $answer['status'] !== 200;
        if ($status >= 200 && $status < 300 && !$isRefused) {
            return $answer;
        }
        $code = $answer['code'] ?? '';
        if ($code === 'cursor_too_old') {
            throw new CursorTooOld($answer, $status, $requestId, null);
        }
        // WeChat was asked already, and as often as it may be.
        $isOfWeChat = $code === 'wechat_failed' || $code === 'wechat_silent';
        throw new Problem($answer, $status, $requestId, $isOfWeChat ? null : $retryAfter);
    }

    /** Of Retry-After, which may be a date. */
    private static function seconds(string $retryAfter): int
    {
        return max(0, preg_match('/^\d+$/D', $retryAfter) === 1 ? (int) $retryAfter : (int) strtotime($retryAfter) - time());
    }
}
