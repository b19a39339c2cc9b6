<?php
/**
 * The copies of stories that are in this site's pages.
 *
 * @package LiveblogEmbed
 */

namespace LiveblogEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * A copy is never shown when it is older than 30 seconds: what the newsroom took down is gone by then, also where the
 * server does not answer. Its age counts from the moment of the request, and stands in the copy itself, because object
 * caches may keep a value longer than they are told.
 *
 * However many readers a page has, the server gets one request at a time for a story, about every 15 seconds. After a
 * failure of the server it gets none for 10 seconds; an answer that is wrong in itself is remembered for its story alone.
 */
final class Copy {

	const FRESH   = 15;   // Seconds: after these, one request asks anew, and the others still show the copy.
	const MOST    = 28;   // Seconds: a copy is shown no longer. 2 of the 30 are for the way to the reader.
	const FAILED  = 10;   // Seconds without a request after a failure.
	const LOCKED  = 15;   // Seconds: the name's lookup is not in the time limit of a request.
	const WAIT    = 1.0;  // Seconds: how long a request waits for another one's answer.
	const PAUSE   = 0.05; // Seconds between two looks.
	const HERE    = 'here';
	const UNKNOWN = 'unknown';
	const AWAY    = 'away';
	const PREFIX  = 'liveblog_embed_';
	const FAILURE = 'liveblog_embed_failure';
	const EVENT   = 'liveblog_embed_forget';
	const START   = '<template shadowrootmode="open">';
	const END     = '</template></live-blog-embed>';

	/**
	 * Hooks.
	 */
	public static function start() {
		add_action( self::EVENT, array( __CLASS__, 'forget' ) );
		register_deactivation_hook( FILE, array( __CLASS__, 'remove_all' ) );
	}

	/**
	 * What there is of a story: `state` HERE with the `html` of the shadow root; UNKNOWN where the server has no such story;
	 * AWAY where nothing can be shown now.
	 *
	 * @param Story $story A story with a slug.
	 * @return array{state: string, html: string}
	 */
	public static function of( Story $story ) {
		$address = $story->element();
		$name    = md5( $address );
		$kept    = self::read( $name );
		if ( self::is_younger( $kept, self::FRESH ) ) {
			return self::shown( $kept );
		}
		if ( self::has_failed() ) {
			return self::shown( $kept );
		}
		$lock = Lock::take( $name, self::LOCKED );
		if ( null === $lock ) {
			return self::is_younger( $kept, self::MOST ) ? self::shown( $kept ) : self::await( $name );
		}
		try {
			$kept = self::read( $name, true );  // Another request may have been faster.
			return self::shown( self::is_younger( $kept, self::FRESH ) ? $kept : self::ask( $address, $name, $kept ) );
		} finally {
			Lock::give_back( $name, $lock );
		}
	}

	/**
	 * Asks the server. Returns what there is now: a new copy, or what there was.
	 *
	 * @param string     $address The address of the element.
	 * @param string     $name    The copy's name.
	 * @param array|null $kept    What there was.
	 * @return array|null
	 */
	private static function ask( $address, $name, $kept ) {
		$asked  = time();
		$usable = self::is_younger( $kept, self::MOST ) && self::HERE === $kept['state'];
		$answer = Server::ask( $address, $usable ? $kept['etag'] : '' );
		$new    = array(
			'asked' => $asked,
			'state' => self::AWAY,
			'etag'  => $answer['etag'],
			'html'  => '',
		);
		if ( 304 === $answer['status'] && $usable ) {
			$new = array( 'asked' => $asked ) + $kept;
		} elseif ( 200 === $answer['status'] ) {
			$html = self::content( $answer['body'] );
			if ( null !== $html ) {  // Else it is wrong with this story alone.
				$new['state'] = self::HERE;
				$new['html']  = self::packed( $html );
			}
		} elseif ( 404 === $answer['status'] || 410 === $answer['status'] ) {
			$new['state'] = self::UNKNOWN;
		} elseif ( 0 === $answer['status'] || 429 === $answer['status'] || $answer['status'] >= 500 ) {
			return self::fail( $kept );
		}
		if ( ! set_transient( self::PREFIX . $name, $new, self::MOST ) ) {
			return self::fail( $kept );  // Without a place for it, every reader would be a request.
		}
		if ( ! wp_using_ext_object_cache() && ! wp_next_scheduled( self::EVENT ) ) {
			wp_schedule_single_event( time() + MINUTE_IN_SECONDS, self::EVENT );
		}
		return $new;
	}

	/**
	 * The content of the shadow root in the server's answer; null if the answer is not whole.
	 *
	 * @param string $body The answer.
	 * @return string|null
	 */
	private static function content( $body ) {
		$start = strpos( $body, self::START );
		$end   = strrpos( $body, self::END );
		if ( 0 !== strpos( $body, '<live-blog-embed ' ) || false === $start || false === $end || strlen( $body ) >= Server::BYTES ) {
			return null;
		}
		$start += strlen( self::START );
		return self::sealed( substr( $body, $start, $end - $start ) );
	}

	/**
	 * Writes a few characters of HTML as references, so that WordPress leaves the words as the newsroom wrote them. A
	 * `[gallery]` in an update is no shortcode here, `:)` becomes no picture, and `a > b` in an attribute ends no tag.
	 *
	 * @param string $html HTML.
	 * @return string|null The same HTML, null if it cannot be read.
	 */
	public static function sealed( $html ) {
		$parts = '~<(style|script)\b.*?</\1>|<!--.*?-->|<(?:[^"\'<>]|"[^"]*"|\'[^\']*\')*+>'
			. '|&(?:\#[0-9]+|\#x[0-9a-f]+|[a-z][a-z0-9]*);|[\[\]:;8]|W(?=ordpress)~is';
		return preg_replace_callback(
			$parts,
			static function ( $found ) {
				$part = $found[0];
				if ( 1 === strlen( $part ) ) {
					return '&#' . ord( $part ) . ';';
				}
				if ( '<' !== $part[0] ) {
					return $part;
				}
				$within = strtr(
					substr( $part, 1, -1 ),
					array(
						'[' => '&#91;',
						']' => '&#93;',
						'<' => '&lt;',
						'>' => '&gt;',
					)
				);
				return isset( $found[1] ) || '!' === $part[1] ? $part : "<$within>";
			},
			$html
		);
	}

	/**
	 * Waits for the answer that another request has asked for.
	 *
	 * @param string $name The copy's name.
	 * @return array{state: string, html: string}
	 */
	private static function await( $name ) {
		$end = microtime( true ) + self::WAIT;
		do {
			usleep( (int) ( self::PAUSE * 1e6 ) );
			$kept = self::read( $name, true );
		} while ( ! self::is_younger( $kept, self::MOST ) && ! self::has_failed( true ) && microtime( true ) < $end );
		return self::shown( $kept );
	}

	/**
	 * Remembers that the server does not answer.
	 *
	 * @param array|null $kept What there was.
	 * @return array|null The same.
	 */
	private static function fail( $kept ) {
		set_transient( self::FAILURE, time(), self::FAILED );
		return $kept;
	}

	/**
	 * Whether the server has failed within the last 10 seconds.
	 *
	 * @param bool $anew Whether to look past what this request knows.
	 * @return bool
	 */
	private static function has_failed( $anew = false ) {
		$at = self::value( self::FAILURE, $anew );
		return is_numeric( $at ) && abs( time() - $at ) < self::FAILED;
	}

	/**
	 * What is kept under a name, null if nothing is.
	 *
	 * @param string $name The copy's name.
	 * @param bool   $anew Whether to look past what this request knows.
	 * @return array|null
	 */
	private static function read( $name, $anew = false ) {
		$kept = self::value( self::PREFIX . $name, $anew );
		return is_array( $kept ) && isset( $kept['asked'], $kept['state'], $kept['html'], $kept['etag'] ) ? $kept : null;
	}

	/**
	 * A transient.
	 *
	 * @param string $key  Its name.
	 * @param bool   $anew Whether to look past what this request knows.
	 * @return mixed
	 */
	private static function value( $key, $anew ) {
		if ( $anew && wp_using_ext_object_cache() ) {
			wp_cache_get( $key, 'transient', true );
		} elseif ( $anew ) {
			wp_cache_delete( "_transient_$key", 'options' );
			wp_cache_delete( "_transient_timeout_$key", 'options' );
			wp_cache_delete( 'notoptions', 'options' );
		}
		return get_transient( $key );
	}

	/**
	 * Whether there is something, and it is younger than that.
	 *
	 * @param array|null $kept    What is kept.
	 * @param int        $seconds An age.
	 * @return bool
	 */
	private static function is_younger( $kept, $seconds ) {
		$age = null === $kept ? -1 : time() - $kept['asked'];
		return $age >= 0 && $age < $seconds;
	}

	/**
	 * What may be shown of what is kept.
	 *
	 * @param array|null $kept What is kept.
	 * @return array{state: string, html: string}
	 */
	private static function shown( $kept ) {
		$shown = array(
			'state' => self::AWAY,
			'html'  => '',
		);
		if ( self::is_younger( $kept, self::MOST ) ) {
			$html  = self::unpacked( $kept['html'] );
			$shown = array(
				'state' => self::HERE === $kept['state'] && '' === $html ? self::AWAY : $kept['state'],
				'html'  => $html,
			);
		}
		return $shown;
	}

	/**
	 * A text for a database of any character set.
	 *
	 * @param string $text A text.
	 * @return string
	 */
	private static function packed( $text ) {
		return base64_encode( function_exists( 'gzdeflate' ) ? gzdeflate( $text ) : $text ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- no code.
	}

	/**
	 * The text again, empty if it cannot be read.
	 *
	 * @param string $packed What `packed` returned.
	 * @return string
	 */
	private static function unpacked( $packed ) {
		$text = base64_decode( $packed, true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- no code.
		if ( $text && function_exists( 'gzinflate' ) ) {
			$text = gzinflate( $text, 16 * Server::BYTES );
		}
		return false === $text ? '' : $text;
	}

	/**
	 * Deletes copies that are too old to be shown from the database: WordPress itself does so once a day.
	 */
	public static function forget() {
		self::delete( time() );
		if ( self::rows( '_transient_timeout_' . self::PREFIX ) ) {
			wp_schedule_single_event( time() + MINUTE_IN_SECONDS, self::EVENT );
		}
	}

	/**
	 * Deletes all that is kept, for this site.
	 */
	public static function remove_all() {
		wp_clear_scheduled_hook( self::EVENT );
		self::delete( PHP_INT_MAX );
		foreach ( self::rows( Lock::PREFIX ) as $row ) {
			delete_option( $row->option_name );
		}
	}

	/**
	 * Deletes what has expired at a time.
	 *
	 * @param int $time Seconds since 1970.
	 */
	private static function delete( $time ) {
		foreach ( self::rows( '_transient_timeout_' . self::PREFIX ) as $row ) {
			if ( (int) $row->option_value < $time ) {
				delete_transient( substr( $row->option_name, strlen( '_transient_timeout_' ) ) );
			}
		}
	}

	/**
	 * The options whose name begins so.
	 *
	 * @param string $start The beginning.
	 * @return object[]
	 */
	private static function rows( $start ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- options have no call that finds them by the beginning of a name.
		return $wpdb->get_results( $wpdb->prepare( "SELECT option_name, option_value FROM $wpdb->options WHERE option_name LIKE %s", $wpdb->esc_like( $start ) . '%' ) );
	}
}
