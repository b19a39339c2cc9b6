<?php
/**
 * The block and the shortcode, as HTML.
 *
 * @package LiveblogEmbed
 */

namespace LiveblogEmbed;

defined( 'ABSPATH' ) || exit;

/**
 * Both render on the server. Posts hold no HTML of ours, so authors need no right to write any.
 */
final class Output {

	const BLOCK     = 'liveblog-embed/story';
	const SHORTCODE = 'liveblog';
	const SCRIPT    = 'liveblog-embed-element';

	/**
	 * Hooks.
	 */
	public static function start() {
		add_action( 'init', array( __CLASS__, 'register' ) );
		add_action( 'enqueue_block_editor_assets', array( __CLASS__, 'enqueue' ) );
		add_action( 'enqueue_block_assets', array( __CLASS__, 'enqueue_in_frame' ) );
		add_filter( 'script_loader_tag', array( __CLASS__, 'as_module' ), 10, 2 );
		add_filter( 'no_texturize_tags', array( __CLASS__, 'left_as_written' ) );
	}

	/**
	 * Makes block and shortcode known.
	 */
	public static function register() {
		$block = register_block_type( dirname( FILE ) . '/block', array( 'render_callback' => array( __CLASS__, 'block' ) ) );
		add_shortcode( self::SHORTCODE, array( __CLASS__, 'shortcode' ) );
		if ( $block && $block->editor_script_handles ) {
			$words = array( 'server' => Server::base() );
			wp_add_inline_script( $block->editor_script_handles[0], 'window.liveblogEmbed = ' . wp_json_encode( $words, JSON_HEX_TAG ) . ';', 'before' );
		}
	}

	/**
	 * The block.
	 *
	 * @param array $attributes Attributes of block.json.
	 * @return string
	 */
	public static function block( $attributes ) {
		return self::render( (array) $attributes, true );
	}

	/**
	 * The shortcode: `[liveblog story="SLUG-OR-URL" limit height order show topic author lang theme compact title]`.
	 *
	 * @param array|string $attributes What the author wrote; an option without a value has a number as its name.
	 * @return string
	 */
	public static function shortcode( $attributes ) {
		$given = array();
		foreach ( (array) $attributes as $name => $value ) {
			if ( ! is_int( $name ) ) {
				$given[ $name ] = $value;
			} elseif ( 'compact' === $value ) {
				$given['compact'] = '1';
			}
		}
		return self::render( $given, false );
	}

	/**
	 * A story as HTML, empty if there is none.
	 *
	 * @param array $given    What the author chose.
	 * @param bool  $is_block Whether it is a block.
	 * @return string
	 */
	public static function render( array $given, $is_block ) {
		if ( '' === Server::base() ) {
			return self::note( __( 'The address of the server is not set yet: Settings, Liveblog.', 'liveblog-embed' ) );
		}
		$story = new Story( $given );
		$notes = self::note( implode( ' ', $story->troubles ) );
		if ( '' === $story->slug ) {
			return $notes;
		}
		$words = isset( $story->options['title'] ) ? $story->options['title'] : __( 'Live coverage', 'liveblog-embed' );
		$link  = sprintf( '<a href="%s">%s</a>', esc_url( $story->address() ), esc_html( $words ) );
		if ( ! Page::takes_element() ) {
			return "<p>$link</p>";
		}
		$takes_copy = Page::takes_copy();
		$copy       = $takes_copy || Page::is_preview() ? Copy::of( $story ) : null;
		if ( $copy && Copy::UNKNOWN === $copy['state'] ) {
			/* translators: %s: the name of a story in addresses. */
			return self::note( sprintf( __( 'The server has no story “%s”.', 'liveblog-embed' ), $story->slug ) );
		}
		$within = '';
		if ( $takes_copy && Copy::HERE === $copy['state'] && Page::keep_out_of_caches() ) {
			$within = Copy::START . $copy['html'] . '</template>';
		}
		self::enqueue();
		return self::wrapped( $notes . self::element( $story ) . $within . $link . '</live-blog-embed>', $story, $is_block );
	}

	/**
	 * The tag that opens the element.
	 *
	 * @param Story $story A story.
	 * @return string
	 */
	private static function element( Story $story ) {
		$tag = sprintf( '<live-blog-embed src="%s"', esc_attr( $story->slug ) );
		foreach ( array_diff_key( $story->options, array( 'title' => '' ) ) as $name => $value ) {
			$tag .= 'compact' === $name ? ' compact' : sprintf( ' %s="%s"', $name, self::attribute( $value ) );
		}
		return "$tag>";
	}

	/**
	 * A value for an attribute, in which WordPress finds no shortcode.
	 *
	 * @param string $value A value.
	 * @return string
	 */
	private static function attribute( $value ) {
		return strtr(
			esc_attr( $value ),
			array(
				'[' => '&#91;',
				']' => '&#93;',
			)
		);
	}

	/**
	 * The element with what is around it.
	 *
	 * @param string $html     The element.
	 * @param Story  $story    A story.
	 * @param bool   $is_block Whether it is a block.
	 * @return string
	 */
	private static function wrapped( $html, Story $story, $is_block ) {
		$label = isset( $story->options['title'] ) ? sprintf( ' role="region" aria-label="%s"', self::attribute( $story->options['title'] ) ) : '';
		$class = $is_block ? get_block_wrapper_attributes() : 'class="liveblog-embed"';
		return "<div $class$label>$html</div>";
	}

	/**
	 * A note for those who write posts. Readers never see it.
	 *
	 * @param string $words The words, or an empty string.
	 * @return string
	 */
	private static function note( $words ) {
		if ( '' === $words || ! current_user_can( 'edit_posts' ) || is_feed() ) {
			return '';
		}
		return sprintf( '<p class="liveblog-embed-note"><strong>%s</strong> %s</p>', esc_html__( 'Liveblog:', 'liveblog-embed' ), esc_html( $words ) );
	}

	/**
	 * Puts the element's script into the page.
	 */
	public static function enqueue() {
		if ( '' !== Server::base() ) {
			wp_enqueue_script( self::SCRIPT, Server::base() . '/element.js', array(), null, true ); // phpcs:ignore WordPress.WP.EnqueuedResourceParameters -- the server versions it.
		}
	}

	/**
	 * Puts it into the editor's frame. WordPress before 6.3 loads no modules there, and has none around posts.
	 */
	public static function enqueue_in_frame() {
		if ( is_admin() && version_compare( get_bloginfo( 'version' ), '6.3', '>=' ) ) {
			self::enqueue();
		}
	}

	/**
	 * The script is a module.
	 *
	 * @param string $tag    Its tag.
	 * @param string $handle Its name.
	 * @return string
	 */
	public static function as_module( $tag, $handle ) {
		if ( self::SCRIPT !== $handle ) {
			return $tag;
		}
		// phpcs:ignore WordPress.WP.EnqueuedResources -- it is enqueued; only the tag is written anew.
		return sprintf( '<script type="module" src="%s" id="%s-js"></script>' . "\n", esc_url( Server::base() . '/element.js' ), self::SCRIPT );
	}

	/**
	 * The newsroom's quotation marks and dashes stay as they are.
	 *
	 * @param string[] $tags Tags.
	 * @return string[]
	 */
	public static function left_as_written( $tags ) {
		$tags[] = 'live-blog-embed';
		return $tags;
	}
}
