"""A real WordPress from Debian's packages: its files, a MariaDB on a socket, and PHP's own web server.

Nothing of it is a system service, and nothing leaves the machine.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
from paths import ROOT
from processes import NO_TLS, PATIENCE, Process, free_port

DEBIAN = Path("/usr/share/wordpress")
PLUGIN = ROOT / "integrations/wordpress/liveblog-embed"
PASSWORD = "a long enough password"
USERS = ("admin", "author")  # only the first may write any HTML (`unfiltered_html`)
THEMES = ("twentytwentythree", "twentytwentyone")  # made of blocks; made of PHP

OF_WORDPRESS = re.compile(r"PHP Deprecated: .* in \S*/site/wp-(includes|admin)/")

CONFIG = """<?php
define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:%(socket)s' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $name ) {
	define( "{$name}_KEY", 'of a test' );
	define( "{$name}_SALT", 'of a test' );
}
define( 'WP_HOME', '%(url)s' );
define( 'WP_SITEURL', '%(url)s' );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_LOG', '%(log)s' );
define( 'WP_DEBUG_DISPLAY', false );
define( 'SCRIPT_DEBUG', true );
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1' );
$table_prefix = 'wp_';
defined( 'ABSPATH' ) || define( 'ABSPATH', __DIR__ . '/' );
require_once ABSPATH . 'wp-settings.php';
"""

# It sends no mail, asks wordpress.org for no updates, and loads no emoji from elsewhere. The plugin's clock is the test's, and transients stay until that
# says otherwise. `test_oembed` lets WordPress's oEmbed ask this machine, as it asks any server of the public web.
CLOCK = """<?php
namespace LiveblogEmbed;
function time() {
	return (int) file_get_contents( '%(clock)s' );
}
add_action(
	'setted_transient',
	function ( $name ) {
		if ( 0 === strpos( $name, 'liveblog_embed_' ) ) {
			update_option( "_transient_timeout_$name", \\time() + 3600 );
		}
	}
);
"""
FOR_TESTS = """<?php
function wp_mail() {
	return true;
}
add_filter(
	'pre_http_request',
	function ( $answer, $args, $address ) {
		$of_wordpress = preg_match( '~^https?://[a-z.]*wordpress\\.org/~', $address );
		$refused      = array( 'code' => 503, 'message' => '' );
		return $of_wordpress ? array( 'headers' => array(), 'body' => '', 'response' => $refused, 'cookies' => array() ) : $answer;
	},
	10,
	3
);
remove_action( 'wp_head', 'print_emoji_detection_script', 7 );
remove_action( 'admin_print_scripts', 'print_emoji_detection_script' );
if ( get_option( 'test_oembed' ) ) {
	add_filter( 'http_request_host_is_external', '__return_true' );
	add_filter(
		'http_allowed_safe_ports',
		function ( $ports, $host, $url ) {
			return array_merge( $ports, array( wp_parse_url( $url, PHP_URL_PORT ) ) );
		},
		10,
		3
	);
}
"""

ROUTER = """<?php
$path = parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH );
if ( '/' !== $path && file_exists( __DIR__ . '/site' . $path ) ) {
	return false;
}
require __DIR__ . '/site/index.php';
"""

# PHP code within WordPress; by the web server, which has it compiled.
RUN = """<?php
$in = json_decode( file_get_contents( 'cli' === PHP_SAPI ? 'php://stdin' : 'php://input' ), true );
eval( $in['before'] );
require __DIR__ . '/wp-load.php';
echo json_encode( ( function ( $args, $code ) {
	global $wpdb;
	return eval( $code );
} )( $in['args'], $in['code'] ) );
"""

INSTALL = """
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
	wp_install( 'A newspaper', 'admin', 'admin@example.org', true, '', $args['password'] );
	wp_insert_user( array( 'user_login' => 'author', 'user_pass' => $args['password'], 'role' => 'author',
		'user_email' => 'author@example.org' ) );
	update_option( 'show_avatars', '0' );
	foreach ( array( 'admin', 'author' ) as $name ) {
		$user = get_user_by( 'login', $name );
		$seen = array( 'core/edit-post' => array( 'welcomeGuide' => false ) );
		update_user_meta( $user->ID, $wpdb->get_blog_prefix() . 'persisted_preferences', $seen );
	}
"""


class MariaDB(Process):
    """Debian's MariaDB with an empty database, on a socket alone."""

    def __init__(self) -> None:
        assert Path("/usr/sbin/mariadbd").exists(), "mariadb-server is needed: make test-wordpress"
        # Not in pytest's folder, which is closed to others: MariaDB does not run as root.
        self._folder = tempfile.TemporaryDirectory(prefix="liveblog-mariadb-")
        folder = Path(self._folder.name)
        self._as: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(folder, "mysql")
            self._as = ["setpriv", "--reuid=mysql", "--regid=mysql", "--clear-groups"]
        self.socket = folder / "socket"
        # A server that starts removes the temporary tables of others that share its folder for them.
        data = ["--no-defaults", f"--datadir={folder / 'data'}", f"--tmpdir={folder}"]
        install = ["mariadb-install-db", *data, "--auth-root-authentication-method=normal"]
        installed = subprocess.run(
            [*self._as, *install, "--skip-test-db"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
            cwd=folder,
        )
        if installed.returncode:
            self._folder.cleanup()
        assert installed.returncode == 0, installed.stdout.decode()
        command = [*self._as, "/usr/sbin/mariadbd", *data, f"--socket={self.socket}"]
        command += ["--skip-networking", "--skip-log-bin", f"--pid-file={folder / 'pid'}"]
        command += ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M"]
        super().__init__(command, os.environ, folder / "mariadb.log", cwd=folder)
        deadline = time.monotonic() + PATIENCE
        while not self.socket.exists():
            assert time.monotonic() < deadline, self.said()
            assert self.child.poll() is None, self.said()
            time.sleep(0.02)
        self.sql("CREATE DATABASE wordpress CHARACTER SET utf8mb4", database="")

    def sql(self, statement: str, database: str = "wordpress") -> list[list[str]]:
        """The rows of a statement's result."""
        command = ["mariadb", "--no-defaults", f"--socket={self.socket}", "-u", "root", "-N", "-B"]
        done = subprocess.run(
            [*command, *([database] if database else [])],
            input=statement.encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return [line.split("\t") for line in done.stdout.decode().splitlines()]

    def close(self) -> None:
        super().close()
        self._folder.cleanup()


class WordPress(Process):
    """A site with the plugin, which is active. Browsers know it as another site than the server's 127.0.0.1."""

    def __init__(self, folder: Path, database: MariaDB) -> None:
        assert DEBIAN.is_dir(), "wordpress is needed: make test-wordpress installs it"
        folder.mkdir(parents=True)
        self.folder = folder
        self.site = folder / "site"
        self.database = database
        self.url = f"http://localhost:{(port := free_port())}"
        self.debug_log = folder / "debug.log"
        self.debug_log.touch()
        shutil.copytree(DEBIAN, self.site, ignore=shutil.ignore_patterns("akismet", ".htaccess"))
        self._place_plugin()
        parts = {"socket": database.socket, "url": self.url, "log": self.debug_log}
        (self.site / "wp-config.php").write_text(CONFIG % parts)
        must_use = self.site / "wp-content/mu-plugins"
        must_use.mkdir()
        (must_use / "for-tests.php").write_text(FOR_TESTS)
        self._clock = folder / "clock"
        self._clock.write_text(str(int(time.time())))
        (must_use / "clock.php").write_text(CLOCK % {"clock": self._clock})
        (folder / "router.php").write_text(ROUTER)
        (self.site / "run.php").write_text(RUN)
        self.serves = False
        self.run(INSTALL, before="define( 'WP_INSTALLING', true );", password=PASSWORD)
        command = ["php", *self._options(), "-S", f"127.0.0.1:{port}", "-t", str(self.site)]
        env = os.environ | {"PHP_CLI_SERVER_WORKERS": "6"}
        super().__init__([*command, str(folder / "router.php")], env, folder / "php.log")
        deadline = time.monotonic() + PATIENCE
        while "started" not in self.said():
            assert time.monotonic() < deadline, self.said()
            assert self.child.poll() is None, self.said()
            time.sleep(0.02)
        self.serves = True
        self.activate()

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)  # its workers, too, which would outlive it
        self.child.wait(PATIENCE)

    def _place_plugin(self) -> None:
        shutil.copytree(PLUGIN, self.site / "wp-content/plugins/liveblog-embed", dirs_exist_ok=True)

    def _options(self) -> list[str]:
        return ["-d", "error_reporting=-1", "-d", f"error_log={self.debug_log}"]

    def run(self, code: str, before: str = "", **args: Any) -> Any:
        """The result of PHP code within WordPress, which has `args` as `$args`."""
        told = json.dumps({"code": code, "before": before, "args": args}).encode()
        if self.serves:
            answer = httpx2.post(
                f"{self.url}/run.php",
                content=told,
                trust_env=False,
                verify=NO_TLS,
                timeout=PATIENCE,
            ).text
        else:
            answer = subprocess.run(
                ["php", *self._options(), str(self.site / "run.php")],
                input=told,
                capture_output=True,
                timeout=PATIENCE,
                check=True,
            ).stdout.decode()
        try:
            return json.loads(answer)
        except ValueError:
            raise AssertionError(f"{answer}\n{self.troubles()}") from None

    def activate(self) -> None:
        """The plugin is here and active, whatever was done to it."""
        self._place_plugin()
        code = "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
        code += " return activate_plugin( 'liveblog-embed/liveblog-embed.php' );"
        assert self.run(code) is None

    def follow(self, server: str, *, copy: bool = True) -> None:
        """Sets the address of the server, and forgets all copies."""
        self.forget()
        kept = {"server": server, "copy": copy}
        self.run("update_option( 'liveblog_embed', $args['kept'] );", kept=kept)

    def forget(self) -> None:
        """Deletes all copies and failures."""
        self.database.sql(r"DELETE FROM wp_options WHERE option_name LIKE '%liveblog\_embed\_%'")

    def age(self, seconds: int) -> None:
        """All copies, and failures to get one, become older."""
        later = self._clock.with_suffix(".later")
        later.write_text(str(int(self._clock.read_text()) + seconds))
        later.replace(self._clock)

    def post(self, content: str, user: str = "admin") -> str:
        """The address of a new post as somebody's editor would save it: of an author, WordPress cleans the HTML."""
        code = """
            wp_set_current_user( get_user_by( 'login', $args['user'] )->ID );
            $id = wp_insert_post( wp_slash( array( 'post_title' => 'A post', 'post_content' => $args['content'],
                'post_status' => 'publish' ) ), true );
            return is_wp_error( $id ) ? $id->get_error_message() : get_permalink( $id );"""
        address = self.run(code, user=user, content=content)
        assert str(address).startswith(self.url), address
        return str(address)

    def troubles(self) -> str:
        """What PHP and WordPress have warned of, without what an older WordPress itself does that PHP deprecates."""
        lines = self.debug_log.read_text().splitlines()
        return "\n".join(line for line in lines if not OF_WORDPRESS.search(line))
