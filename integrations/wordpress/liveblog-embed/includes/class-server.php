<?php
/**
 * The Liveblog server that an administrator named, and requests to it.
 *
 * @package LiveblogEmbed
 */

namespace LiveblogEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * One server: nothing else is ever asked.
 *
 * Requests go through `wp_safe_remote_get`, which refuses private addresses and unusual ports: on a network of sites, the
 * administrator of one site must not reach the hosts inside. What an administrator may name is let through for the one
 * request alone: the port, and "localhost", which on a network only its administrators may name. Redirects are not
 * followed.
 */
final class Server {

	const OPTION  = 'liveblog_embed';
	const SECONDS = 3;       // For a whole answer.
	const BYTES   = 786432;  // Of an answer: some object caches keep no value of 1 MiB.
	const LOCAL   = array( 'localhost', '127.0.0.1' );

	/**
	 * The settings: `server`, an address without a slash at the end, or empty; `copy`, whether the updates are in the page.
	 *
	 * @return array{server: string, copy: bool}
	 */
	public static function settings() {
		$kept = get_option( self::OPTION );
		$kept = is_array( $kept ) ? $kept : array();
		return array(
			'server' => isset( $kept['server'] ) && is_string( $kept['server'] ) ? $kept['server'] : '',
			'copy'   => ! isset( $kept['copy'] ) || $kept['copy'],
		);
	}

	/**
	 * The server's address, empty if none is set.
	 *
	 * @return string
	 */
	public static function base() {
		return self::settings()['server'];
	}

	/**
	 * An address in its usual form; null if it is not one that is accepted: https, or http for this machine itself, with
	 * or without a port, without a path.
	 *
	 * @param mixed $given What was typed.
	 * @return string|null
	 */
	public static function accepted( $given ) {
		$given = is_string( $given ) ? trim( $given ) : '';
		if ( strlen( $given ) > 300 || preg_match( '/[^\x21-\x7e]/', $given ) ) {
			return null;
		}
		if ( ! preg_match( '~^(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(:[1-9][0-9]{0,4})?/?$~iD', $given, $found ) ) {
			return null;
		}
		$scheme = strtolower( $found[1] );
		$host   = strtolower( $found[2] );
		$port   = isset( $found[3] ) ? (int) substr( $found[3], 1 ) : 0;
		$local  = in_array( $host, self::LOCAL, true );
		if ( $port > 65535 || ( 'http' === $scheme && ! $local ) ) {
			return null;
		}
		$usual = array(
			'http'  => 80,
			'https' => 443,
		);
		return $scheme . '://' . $host . ( $port && $port !== $usual[ $scheme ] ? ":$port" : '' );
	}

	/**
	 * Whether an accepted address is of this machine.
	 *
	 * @param string $address An accepted address.
	 * @return bool
	 */
	public static function is_local( $address ) {
		return in_array( wp_parse_url( $address, PHP_URL_HOST ), self::LOCAL, true );
	}

	/**
	 * Asks the server. `status` is 0 if there was no whole answer.
	 *
	 * @param string $address An address of the server.
	 * @param string $etag    The ETag of the copy that is here, or an empty string.
	 * @return array{status: int, body: string, etag: string}
	 */
	public static function ask( $address, $etag = '' ) {
		$nothing = array(
			'status' => 0,
			'body'   => '',
			'etag'   => '',
		);
		$base    = self::base();
		if ( '' === $base || 0 !== strpos( $address, "$base/" ) ) {
			return $nothing;
		}
		$host    = wp_parse_url( $base, PHP_URL_HOST );
		$port    = wp_parse_url( $base, PHP_URL_PORT );
		$outside = static function ( $is_outside, $asked ) use ( $host ) {
			return $is_outside || ( $asked === $host && in_array( $host, self::LOCAL, true ) );
		};
		$ports   = static function ( $allowed, $asked ) use ( $host, $port ) {
			return $asked === $host && $port ? array_merge( (array) $allowed, array( $port ) ) : $allowed;
		};
		add_filter( 'http_request_host_is_external', $outside, 10, 2 );
		add_filter( 'http_allowed_safe_ports', $ports, 10, 2 );
		$answer = wp_safe_remote_get(
			$address,
			array(
				'timeout'             => self::SECONDS,
				'redirection'         => 0,
				'limit_response_size' => self::BYTES,
				'headers'             => '' === $etag ? array() : array( 'If-None-Match' => $etag ),
			)
		);
		remove_filter( 'http_request_host_is_external', $outside, 10 );
		remove_filter( 'http_allowed_safe_ports', $ports, 10 );
		if ( is_wp_error( $answer ) ) {
			return $nothing;
		}
		$tag = wp_remote_retrieve_header( $answer, 'etag' );
		return array(
			'status' => (int) wp_remote_retrieve_response_code( $answer ),
			'body'   => wp_remote_retrieve_body( $answer ),
			'etag'   => is_string( $tag ) ? $tag : '',
		);
	}
}
