<?php
/**
 * The address of a story on a line of its own.
 *
 * @package LiveblogEmbed
 */

namespace LiveblogEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * A pasted address of the server becomes what the shortcode is. WordPress would keep the answer of oEmbed, with the
 * story's title, for a day; of this it keeps nothing.
 *
 * Addresses of single updates stay with oEmbed and its sandboxed frame. The server is not made a trusted provider: then
 * WordPress would not run the script that gives the frame its height.
 */
final class Pasted {

	/**
	 * Hooks.
	 */
	public static function start() {
		add_action( 'init', array( __CLASS__, 'register' ) );
	}

	/**
	 * Makes the addresses known.
	 */
	public static function register() {
		$base = Server::base();
		if ( '' !== $base ) {
			$form = '~^' . preg_quote( $base, '~' ) . '/stories/[a-z0-9-]+/?(?:\?[^\s"\'<>\[\]\#]*)?$~D';
			wp_embed_register_handler( 'liveblog-embed', $form, array( __CLASS__, 'embed' ) );
		}
	}

	/**
	 * The HTML or the shortcode in place of an address; false if oEmbed is to do it.
	 *
	 * @param array  $found   What was found.
	 * @param array  $size    The wanted size, which is the theme's.
	 * @param string $address The address.
	 * @return string|false
	 */
	public static function embed( $found, $size, $address ) {
		unset( $found, $size );
		wp_parse_str( (string) wp_parse_url( $address, PHP_URL_QUERY ), $query );
		if ( isset( $query['at'] ) ) {
			return false;
		}
		if ( Page::is_preview() ) {
			return Output::render( array( 'story' => $address ), false );
		}
		// Paragraphs and quotation marks are made before shortcodes become HTML: so they stay out of it.
		return sprintf( '[%s story="%s"]', Output::SHORTCODE, $address );
	}
}
