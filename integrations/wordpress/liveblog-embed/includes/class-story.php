<?php
/**
 * Which story is shown, and how: what an author wrote into a block or a shortcode.
 *
 * @package LiveblogEmbed
 */

namespace LiveblogEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Checked options. A wrong value never breaks the page: the default is used, and `troubles` says so to those who edit.
 */
final class Story {

	const LANGUAGES = array( 'en', 'uk', 'de', 'fr', 'es', 'ar' );
	const CHOICES   = array(
		'order' => array( 'newest', 'oldest' ),
		'show'  => array( 'key', 'confirmed' ),
		'lang'  => self::LANGUAGES,
		'theme' => array( 'light', 'dark', 'host', 'auto' ),
	);
	const DEFAULTS  = array(
		'order' => 'newest',
		'theme' => 'auto',
	);
	const NUMBERS   = array(
		'limit'  => array( 1, 50 ),
		'height' => array( 10, 99999 ),
	);
	const TEXTS     = array(  // Characters.
		'topic'  => 100,
		'author' => 100,
		'title'  => 200,
	);
	const LIMITS    = array( 8, 20, 50 );  // The server renders so many updates.
	const NAMES     = array( 'limit', 'height', 'order', 'show', 'topic', 'author', 'lang', 'theme', 'compact', 'title' );

	/**
	 * The story's slug; empty if there is none.
	 *
	 * @var string
	 */
	public $slug = '';

	/**
	 * The options that are not the default, checked: name => value.
	 *
	 * @var array<string, string>
	 */
	public $options = array();

	/**
	 * What was wrong, in words for those who edit.
	 *
	 * @var string[]
	 */
	public $troubles = array();

	/**
	 * Reads attributes of a block or a shortcode.
	 *
	 * @param array $given `story`, and the options.
	 */
	public function __construct( array $given ) {
		$story = self::text( $given, 'story' );
		$query = $this->read_story( $story );
		foreach ( self::NAMES as $name ) {
			$value = self::text( $given, $name );
			$value = '' === $value && isset( $query[ $name ] ) ? self::text( $query, $name ) : $value;
			if ( '' !== $value ) {
				$this->read( $name, $value );
			}
		}
	}

	/**
	 * The address of the story's page.
	 *
	 * @return string
	 */
	public function address() {
		return Server::base() . '/stories/' . $this->slug;
	}

	/**
	 * The address of the element with its first updates. It names this site, so that the server's report on a takedown
	 * can name it.
	 *
	 * @return string
	 */
	public function element() {
		$query = array_intersect_key( $this->options, array_flip( array( 'show', 'topic', 'author', 'order', 'lang' ) ) );
		foreach ( self::LIMITS as $limit ) {
			$query['limit'] = $limit;
			if ( $limit >= ( isset( $this->options['limit'] ) ? (int) $this->options['limit'] : self::LIMITS[0] ) ) {
				break;
			}
		}
		$query['site'] = (string) wp_parse_url( home_url(), PHP_URL_HOST );
		return $this->address() . '/element?' . http_build_query( $query, '', '&', PHP_QUERY_RFC3986 );
	}

	/**
	 * Takes the slug from a slug or an address of the server. Returns the address's query, which holds options too.
	 *
	 * @param string $story A slug or an address.
	 * @return array<string, mixed>
	 */
	private function read_story( $story ) {
		$story = html_entity_decode( $story, ENT_QUOTES, 'UTF-8' );  // Editors write "&amp;" into addresses.
		$query = array();
		if ( false !== strpos( $story, '/' ) ) {
			$base = Server::base();
			$rest = '' !== $base && 0 === strpos( $story, "$base/" ) ? substr( $story, strlen( $base ) ) : '';
			if ( ! preg_match( '~^/stories/([^/?\#]+)(?:/(?:embed|element)?)?(?:\?([^\#]*))?(?:\#.*)?$~D', $rest, $found ) ) {
				/* translators: %s: the address of the server. */
				$this->troubles[] = sprintf( __( 'The address must be that of a story of %s.', 'liveblog-embed' ), $base );
				return $query;
			}
			$story = $found[1];
			wp_parse_str( isset( $found[2] ) ? $found[2] : '', $query );
		}
		if ( strlen( $story ) <= 80 && preg_match( '/^[a-z0-9]+(?:-[a-z0-9]+)*$/D', $story ) ) {
			$this->slug = $story;
		} elseif ( '' === $story ) {
			$this->troubles[] = __( 'Choose a story: its address, or the last part of it.', 'liveblog-embed' );
		} else {
			$this->troubles[] = __( 'A story is named by its address, or the last part of it: small letters, digits and hyphens.', 'liveblog-embed' );
		}
		return $query;
	}

	/**
	 * Takes an option if its value is one that is accepted.
	 *
	 * @param string $name  The option's name.
	 * @param string $value Not empty.
	 */
	private function read( $name, $value ) {
		if ( isset( self::NUMBERS[ $name ] ) ) {
			list( $least, $most ) = self::NUMBERS[ $name ];
			$fits                 = preg_match( '/^[0-9]{1,5}$/D', $value ) && (int) $value >= $least && (int) $value <= $most;
			$value                = $fits ? (string) (int) $value : $value;
			/* translators: 1: the smallest number, 2: the largest. */
			$accepted = sprintf( __( '%1$d to %2$d', 'liveblog-embed' ), $least, $most );
		} elseif ( isset( self::CHOICES[ $name ] ) ) {
			$value    = 'lang' === $name ? strtolower( strtok( $value, '-' ) ) : $value;
			$fits     = in_array( $value, self::CHOICES[ $name ], true );
			$accepted = implode( ', ', self::CHOICES[ $name ] );
		} elseif ( 'compact' === $name ) {
			$fits     = in_array( strtolower( $value ), array( '1', 'true', 'yes', 'compact', '0', 'false', 'no' ), true );
			$off      = in_array( strtolower( $value ), array( '0', 'false', 'no' ), true );
			$accepted = '1, 0';
			if ( $off ) {
				return;
			}
			$value = $fits ? '1' : $value;
		} else {
			$fits = mb_strlen( $value ) <= self::TEXTS[ $name ];
			/* translators: %d: a number of characters. */
			$accepted = sprintf( __( 'at most %d characters', 'liveblog-embed' ), self::TEXTS[ $name ] );
		}
		if ( ! $fits ) {
			/* translators: 1: an option, 2: the values that are accepted. */
			$this->troubles[] = sprintf( __( '%1$s is left out; accepted: %2$s.', 'liveblog-embed' ), $name, $accepted );
		} elseif ( ! isset( self::DEFAULTS[ $name ] ) || self::DEFAULTS[ $name ] !== $value ) {
			$this->options[ $name ] = $value;
		}
	}

	/**
	 * A value as plain text without control characters.
	 *
	 * @param array  $given Values by name.
	 * @param string $name  A name.
	 * @return string
	 */
	private static function text( array $given, $name ) {
		$value = isset( $given[ $name ] ) && is_scalar( $given[ $name ] ) ? $given[ $name ] : '';
		$value = true === $value ? '1' : (string) $value;
		return trim( preg_replace( '/[\x00-\x1f\x7f]+/', ' ', wp_check_invalid_utf8( $value ) ) );
	}
}
