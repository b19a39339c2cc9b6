<?php
/**
 * What editor.js needs. It is written by hand: there is no build step.
 *
 * @package LiveblogEmbed
 */

return array(
	'dependencies' => array( 'wp-block-editor', 'wp-blocks', 'wp-components', 'wp-element', 'wp-i18n', 'wp-server-side-render' ),
	'version'      => '1.0.0',
);
