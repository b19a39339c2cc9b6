<?php
/**
 * Plugin Name:       Liveblog embed
 * Description:       Shows stories of a Liveblog server: a block, a shortcode and pasted addresses. The updates are in the page for search engines, and go live in the browser.
 * Version:           1.0.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Author:            The Liveblog contributors
 * License:           MIT
 * License URI:       https://opensource.org/license/mit
 * Text Domain:       liveblog-embed
 * Update URI:        false
 *
 * The MIT licence (LICENSE) is compatible with the GPL, under which WordPress is.
 *
 * @package LiveblogEmbed
 */

namespace LiveblogEmbed;

defined( 'ABSPATH' ) || exit;

const VERSION = '1.0.0';
const FILE    = __FILE__;

require_once __DIR__ . '/includes/class-server.php';
require_once __DIR__ . '/includes/class-story.php';
require_once __DIR__ . '/includes/class-lock.php';
require_once __DIR__ . '/includes/class-copy.php';
require_once __DIR__ . '/includes/class-page.php';
require_once __DIR__ . '/includes/class-output.php';
require_once __DIR__ . '/includes/class-pasted.php';
require_once __DIR__ . '/includes/class-settings.php';

Output::start();
Page::start();
Pasted::start();
Copy::start();
Settings::start();
