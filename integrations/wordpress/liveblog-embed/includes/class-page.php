<?php
/**
 * The page in which stories are shown, and the caches in front of it.
 *
 * @package LiveblogEmbed
 */

namespace LiveblogEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * A cache that kept the page would keep the copy of the updates longer than 30 seconds. So a page with a copy is kept by
 * none, and what others keep, such as feeds, mails and answers of the REST API, has no copy.
 */
final class Page {

	/**
	 * Whether caches have been told.
	 *
	 * @var bool
	 */
	private static $is_kept_out = false;

	/**
	 * Hooks.
	 */
	public static function start() {
		add_action( 'template_redirect', array( __CLASS__, 'look' ) );
	}

	/**
	 * Whether the updates may be in what is being made.
	 *
	 * @return bool
	 */
	public static function takes_copy() {
		return Server::settings()['copy'] && ! is_admin() && ! is_feed() && ! self::is_for_programs();
	}

	/**
	 * Whether scripts run where this is shown.
	 *
	 * @return bool
	 */
	public static function takes_element() {
		$amp = function_exists( 'amp_is_request' ) && amp_is_request();
		return ! is_feed() && ! wp_doing_cron() && ! $amp && ! ( defined( 'XMLRPC_REQUEST' ) && XMLRPC_REQUEST );
	}

	/**
	 * Whether this is the preview of a block in the editor.
	 *
	 * @return bool
	 */
	public static function is_preview() {
		return defined( 'REST_REQUEST' ) && REST_REQUEST && current_user_can( 'edit_posts' );
	}

	/**
	 * Before the page is begun: tells caches if one of its posts shows a story.
	 */
	public static function look() {
		global $wp_query;
		if ( ! self::takes_copy() || '' === Server::base() ) {
			return;
		}
		foreach ( (array) $wp_query->posts as $post ) {
			$text = $post instanceof \WP_Post ? $post->post_content : '';
			if ( false !== strpos( $text, Output::BLOCK ) || has_shortcode( $text, Output::SHORTCODE ) || false !== strpos( $text, Server::base() . '/stories/' ) ) {
				self::keep_out_of_caches();
				return;
			}
		}
	}

	/**
	 * Tells caches not to keep this page: plugins by the constant that they know, others by the header. It is too late for
	 * that when a part of the page has been sent, as before a widget at its end.
	 *
	 * @return bool Whether they have been told.
	 */
	public static function keep_out_of_caches() {
		if ( ! defined( 'DONOTCACHEPAGE' ) ) {
			define( 'DONOTCACHEPAGE', true );
		}
		if ( is_user_logged_in() ) {
			return true;  // WordPress has said more.
		}
		if ( ! headers_sent() ) {
			header( 'Cache-Control: no-cache' );
			self::$is_kept_out = true;
		}
		return self::$is_kept_out;
	}

	/**
	 * Whether a program asks, not a reader's browser.
	 *
	 * @return bool
	 */
	private static function is_for_programs() {
		$asked = static function ( $name ) {
			return defined( $name ) && constant( $name );
		};
		return wp_doing_cron() || wp_doing_ajax() || $asked( 'REST_REQUEST' ) || $asked( 'XMLRPC_REQUEST' );
	}
}
