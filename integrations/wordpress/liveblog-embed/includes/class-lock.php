<?php
/**
 * A lock that one request at a time holds, on all machines of the site.
 *
 * @package LiveblogEmbed
 */

namespace LiveblogEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Kept in the object cache if there is one for all machines, else in a row of the options, by statements that the
 * database runs as one step each. A request that dies leaves it for a few seconds.
 */
final class Lock {

	const GROUP  = 'liveblog-embed';
	const PREFIX = 'liveblog_embed_lock_';

	/**
	 * Takes the lock, if nobody has it.
	 *
	 * @param string $name    At most 32 letters and digits.
	 * @param int    $seconds After this time anybody may take it.
	 * @return string|null What to give back; null if somebody has it.
	 */
	public static function take( $name, $seconds ) {
		global $wpdb;
		$own = sprintf( '%d %s', time() + $seconds, bin2hex( random_bytes( 8 ) ) );
		if ( wp_using_ext_object_cache() ) {
			return wp_cache_add( $name, $own, self::GROUP, $seconds ) ? $own : null;
		}
		$row = self::PREFIX . $name;
		// phpcs:disable WordPress.DB.DirectDatabaseQuery -- options have no call that takes a row only if it is free.
		$taken = $wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO $wpdb->options (option_name, option_value, autoload) VALUES (%s, %s, 'no')", $row, $own ) );
		if ( ! $taken ) {
			$taken = $wpdb->query( $wpdb->prepare( "UPDATE $wpdb->options SET option_value = %s WHERE option_name = %s AND CAST(SUBSTRING_INDEX(option_value, ' ', 1) AS UNSIGNED) < %d", $own, $row, time() ) );
		}
		// phpcs:enable
		return $taken ? $own : null;
	}

	/**
	 * Gives it back.
	 *
	 * @param string $name As it was taken.
	 * @param string $own  What taking it returned.
	 */
	public static function give_back( $name, $own ) {
		global $wpdb;
		if ( ! wp_using_ext_object_cache() ) {
			$wpdb->delete( // phpcs:ignore WordPress.DB.DirectDatabaseQuery -- as above.
				$wpdb->options,
				array(
					'option_name'  => self::PREFIX . $name,
					'option_value' => $own,
				)
			);
		} elseif ( wp_cache_get( $name, self::GROUP, true ) === $own ) {
			wp_cache_delete( $name, self::GROUP );
		}
	}
}
