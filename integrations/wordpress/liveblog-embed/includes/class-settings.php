<?php
/**
 * The page with the settings.
 *
 * @package LiveblogEmbed
 */

namespace LiveblogEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Settings, Liveblog: for those who may manage the site's options.
 */
final class Settings {

	const PAGE = 'liveblog-embed';

	/**
	 * Hooks.
	 */
	public static function start() {
		add_action( 'admin_init', array( __CLASS__, 'register' ) );
		add_action( 'admin_menu', array( __CLASS__, 'add_page' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( FILE ), array( __CLASS__, 'add_link' ) );
	}

	/**
	 * Makes the setting known.
	 */
	public static function register() {
		register_setting(
			self::PAGE,
			Server::OPTION,
			array(
				'type'              => 'array',
				'sanitize_callback' => array( __CLASS__, 'checked' ),
				'show_in_rest'      => false,
			)
		);
	}

	/**
	 * Adds the page to the menu.
	 */
	public static function add_page() {
		add_options_page( __( 'Liveblog', 'liveblog-embed' ), __( 'Liveblog', 'liveblog-embed' ), 'manage_options', self::PAGE, array( __CLASS__, 'show' ) );
	}

	/**
	 * A link in the list of plugins.
	 *
	 * @param string[] $links Links.
	 * @return string[]
	 */
	public static function add_link( $links ) {
		$address = admin_url( 'options-general.php?page=' . self::PAGE );
		array_unshift( $links, sprintf( '<a href="%s">%s</a>', esc_url( $address ), esc_html__( 'Settings', 'liveblog-embed' ) ) );
		return $links;
	}

	/**
	 * The settings as they are kept. A wrong address changes nothing, and is told.
	 *
	 * @param mixed $given What was typed.
	 * @return array{server: string, copy: bool}
	 */
	public static function checked( $given ) {
		$given = is_array( $given ) ? $given : array();
		$new   = Server::settings();
		$typed = isset( $given['server'] ) && is_string( $given['server'] ) ? trim( $given['server'] ) : '';
		$found = '' === $typed ? '' : Server::accepted( $typed );
		if ( null === $found ) {
			/* translators: %s: what was typed. */
			$words = sprintf( __( 'Server: “%s” is not accepted. Accepted: https:// and a host, without a path, such as https://live.example.org; http:// only for localhost.', 'liveblog-embed' ), $typed );
			add_settings_error( Server::OPTION, 'server', esc_html( $words ) );
			return $new;
		}
		if ( is_multisite() && '' !== $found && Server::is_local( $found ) && ! current_user_can( 'manage_network_options' ) ) {
			add_settings_error( Server::OPTION, 'server', esc_html__( 'Server: on a network of sites, only its administrators may name this machine.', 'liveblog-embed' ) );
			return $new;
		}
		return array(
			'server' => $found,
			'copy'   => ! empty( $given['copy'] ),
		);
	}

	/**
	 * The page.
	 */
	public static function show() {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		$kept = Server::settings();
		echo '<div class="wrap"><h1>' . esc_html__( 'Liveblog', 'liveblog-embed' ) . '</h1><form action="options.php" method="post">';
		settings_fields( self::PAGE );
		echo '<table class="form-table" role="presentation"><tr><th scope="row"><label for="liveblog-server">' . esc_html__( 'Server', 'liveblog-embed' ) . '</label></th><td>';
		printf(
			'<input type="url" id="liveblog-server" class="regular-text code" name="%1$s[server]" value="%2$s" placeholder="https://live.example.org" maxlength="300" aria-describedby="liveblog-server-hint">',
			esc_attr( Server::OPTION ),
			esc_attr( $kept['server'] )
		);
		echo '<p class="description" id="liveblog-server-hint">' . esc_html__( 'Where the stories are. This site asks no other server, and runs its script in your pages.', 'liveblog-embed' ) . '</p>';
		echo self::state(); // phpcs:ignore WordPress.Security.EscapeOutput -- escaped there.
		echo '</td></tr><tr><th scope="row">' . esc_html__( 'Search engines', 'liveblog-embed' ) . '</th><td><label>';
		printf( '<input type="checkbox" name="%s[copy]" value="1" aria-describedby="liveblog-copy-hint"%s> ', esc_attr( Server::OPTION ), checked( $kept['copy'], true, false ) );
		echo esc_html__( 'Put the updates into the page', 'liveblog-embed' ) . '</label><p class="description" id="liveblog-copy-hint">';
		echo esc_html__( 'Search engines and readers without scripts see them. Such pages are kept by no page cache, so that what the newsroom takes down is gone within 30 seconds. Without this, pages can be cached as long as you like, and the updates come in the reader’s browser.', 'liveblog-embed' );
		echo '</p></td></tr></table>';
		submit_button();
		echo '</form></div>';
	}

	/**
	 * Whether the server answers, as HTML.
	 *
	 * @return string
	 */
	private static function state() {
		$base = Server::base();
		if ( '' === $base ) {
			return '';
		}
		$words = 200 === Server::ask( "$base/livez" )['status']
			? __( 'The server answers.', 'liveblog-embed' )
			: __( 'The server does not answer this site. Pages have a link to the story until it does; browsers that reach the server show it live.', 'liveblog-embed' );
		return '<p id="liveblog-state" class="description">' . esc_html( $words ) . '</p>';
	}
}
