<?php
/**
 * Deletes the settings and all copies, of all sites of a network.
 *
 * @package LiveblogEmbed
 */

namespace LiveblogEmbed;

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require_once __DIR__ . '/includes/class-server.php';
require_once __DIR__ . '/includes/class-lock.php';
require_once __DIR__ . '/includes/class-copy.php';

if ( is_multisite() ) {
	$liveblog_embed_sites = get_sites(
		array(
			'fields' => 'ids',
			'number' => 0,
		)
	);
	foreach ( $liveblog_embed_sites as $liveblog_embed_site ) {
		switch_to_blog( $liveblog_embed_site );
		Copy::remove_all();
		delete_option( Server::OPTION );
		restore_current_blog();
	}
} else {
	Copy::remove_all();
	delete_option( Server::OPTION );
}
