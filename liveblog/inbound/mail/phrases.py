"""The phrases that mail programs put around an answered or forwarded message, grouped by meaning.

They are taken from mails of Gmail, Outlook, Apple Mail, Thunderbird, Yahoo, Proton Mail, Samsung, K-9, Roundcube, GMX,
mail.ru and ukr.net, in the languages of their users.
"""

from __future__ import annotations

import re

# "… wrote" in the line before a quotation.
WROTE = re.compile(
    r"\bwrote\b|\bschrieb\b|\bgeschrieben\b|\ba écrit\b|\bescribió\b|\bescribió\b|\bescreveu\b"
    r"|\bha scritto\b|\bnapisał|\bnapsal|\bnapísal|\bschreef\b|\bgeschreven\b|\bskrev\b|\bkirjoitti\b"
    r"|\ba scris\b|\bírta\b|\bje napisa|\bнаписа|\bпише\b|\bпишет\b|\bpisze\b|\bpíše\b|\bпісаў|\bнапіса"
    r"|\byazdı\b|\bşunu yazdı\b|έγραψε|כתב|מאת|كتب|تمت كتابة|نوشت|写道|寫道|書きました|のメール|作成|작성|님이"
    r"|\bviết\b|\bmenulis\b|\bเขียน|\bva escriure\b|\bparašė\b|\brakstīja\b|\bkirjutas\b|लिखा",
    re.IGNORECASE,
)
# The beginning of such a line, for lines without a time or an address.
WROTE_START = re.compile(
    r"(on|am|le|el|em|il|dnia|dne|dňa|op|den|w dniu|pe|a|la|в|у|on|στις|בתאריך|في|於|在|ngày|pada)\b",
    re.IGNORECASE,
)

_FORWARDED = r"""
    forwarded message | begin forwarded message | fwd | start of forwarded message
    weitergeleitete nachricht | anfang der weitergeleiteten (?:nachricht|e-mail) | weitergeleitete mail
    message transféré | message transmis | début du message (?:réexpédié|transféré) | courriel transféré
    mensaje reenviado | inicio del mensaje reenviado | (?:início da )?mensagem (?:re)?encaminhada
    (?:início da )?mensagem reencaminhada | messaggio inoltrato | inizio messaggio inoltrato
    wiadomość przekazana | przekazana wiadomość | przesłana wiadomość | treść przekazanej wiadomości
    początek przekazanej wiadomości | doorgestuurd bericht | begin doorgestuurd bericht
    пересылаемое сообщение | пересланное сообщение | начало пере(?:сылаемого|сланного|адресованного) сообщения
    начало переадресованного письма | переслане повідомлення | пересилане повідомлення
    пере[сш]лан\w* (?:повідомлення|лист\w*) | початок переслан\w+ (?:повідомлення|листа) | переадресоване повідомлення
    iletilen (?:ileti|mesaj) | yönlendirilen (?:ileti|mesaj) | iletilen iletinin başlangıcı
    vidarebefordrat (?:meddelande|brev) | videresendt (?:melding|besked|meddelelse) | välitetty viesti
    přeposlaná zpráva | preposlaná správa | továbbított üzenet | mesaj redirecționat | mesaj transmis
    προωθημένο μήνυμα | הודעה שהועברה | הודעה מועברת | تحويل الرسالة المرسلة | رسالة معاد توجيهها | رسالة محولة
    الرسالة المعاد توجيهها | 转发的邮件 | 转发邮件信息 | 轉寄的郵件 | 轉寄郵件 | 转发的信件 | 転送されたメッセージ | 転送メッセージ
    전달된 메시지 | 전달된 메일 | tin nhắn được chuyển tiếp | pesan terusan | препратено съобщение | прослеђена порука
"""
_ORIGINAL = r"""
    original message | original email | original appointment | reply message | message from sender
    ursprüngliche (?:nachricht|mail|e-mail) | originalnachricht | original-nachricht | original nachricht
    message d['’]origine | message original | mensaje original | mensagem original | messaggio originale
    wiadomość oryginalna | oryginalna wiadomość | oorspronkelijk bericht | origineel bericht
    исходное сообщение | исходное письмо | оригинальное сообщение | первоначальное сообщение
    вихідне повідомлення | початкове повідомлення | оригінальне повідомлення | оригінал повідомлення | вихідний лист
    özgün ileti | orijinal (?:ileti|mesaj) | asıl ileti | originalmeddelande | ursprungligt meddelande
    oprindelig (?:meddelelse|besked) | opprinnelig melding | alkuperäinen viesti | původní (?:zpráva|e-mail)
    pôvodná správa | eredeti üzenet | mesaj original | mesajul original | αρχικό μήνυμα
    הודעה מקורית | ההודעה המקורית | الرسالة الأصلية | رسالة أصلية | 原始邮件 | 原始郵件 | 邮件原件 | 元のメッセージ
    オリジナルメッセージ | 원본 메시지 | 원본 메일 | tin nhắn gốc | pesan asli | оригинално съобщение | изворна порука
"""


def _any(phrases: str) -> re.Pattern[str]:
    words = (part.strip() for line in phrases.strip().splitlines() for part in line.split(" | "))
    return re.compile(r"[-–—_ *]*(?:" + "|".join(words) + r")\s*:?[-–—_ *]*", re.IGNORECASE)


# These match whole lines, with or without dashes around the words.
FORWARDED = _any(_FORWARDED)
ORIGINAL = _any(_ORIGINAL)

_FROM = """from von de da от от_кого від od van kimden gönderen från fra lähettäjä odesílatel feladó expediteur expéditeur
    από מאת من 发件人 寄件者 寄件人 差出人 送信者 보낸사람 보낸_사람 від_кого відправник отправитель remitente mittente nadawca de_la
    elküldve від: från: tu từ dari"""
_DATE = """sent date gesendet datum envoyé envoyé_le date enviado enviado_el enviada fecha fecha: data inviato data: wysłano
    отправлено дата надіслано відправлено дата_отправки gönderme_tarihi gönderilen tarih skickat datum sendt dato
    päivämäärä lähetetty odesláno dátum elküldve trimis εστάλη ημερομηνία נשלח תאריך تاريخ التاريخ أرسل تم_الإرسال تاريخ_الإرسال
    发送时间 发送日期 日期 寄件日期 傳送時間 送信日時 日時 日付 보낸날짜 보낸_날짜 날짜 verzonden ngày tanggal date_d’envoi"""
_TO = """to an à para a кому do aan kime alıcı till til vastaanottaja komu címzett către προς אל إلى الى 收件人 收件者 宛先 받는사람
    받는_사람 destinataire destinatario pour кому: cc kopie copie копия копія kopia dw cci cco bcc bilgi kopio másolat עותק نسخة
    抄送 副本 참조 reply-to antwort_an répondre_à responder_a ответить an: đến kepada"""
_SUBJECT = """subject betreff objet sujet asunto assunto oggetto temat тема konu ämne emne aihe předmět predmet tárgy subiect
    θέμα נושא الموضوع موضوع 主题 主題 主旨 件名 제목 onderwerp chủ_đề subjek vedr attachments anlagen importance priority organization"""


def _names(words: str) -> frozenset[str]:
    return frozenset(word.rstrip(":").replace("_", " ") for word in words.split())


FROM, DATE, TO, SUBJECT = (_names(words) for words in (_FROM, _DATE, _TO, _SUBJECT))

# The line that phones and programs add. It must name a device or a program: a person may write "Sent from my roof".
_DEVICE = (
    r"(?:i-?phon|i-?pad|i-?pod|apple|android|galaxy|samsung|huawei|honor|xiaomi|redmi|oneplus|oppo|nokia|lenovo|motorola"
    r"|pixel|sony|xperia|htc|lg|blackberry|windows|outlook|mail|yahoo|aol|gmx|web\.de|ukr\.net|i\.ua|rambler|yandex|яндекс|proton|tuta|k-9|k9|fairemail"
    r"|thunderbird|spark|phone|mobile|smartphone|handy|handset|tablet|telefon|téléphone|teléfono|telemóvel|celular"
    r"|telefono|móvil|cellulare|телефон|смартфон|мобільн|мобильн|пристро|устройств|aygıt|cihaz|هاتف|جهاز|آيفون"
    r"|טלפון|מכשיר|手机|手機|スマートフォン|휴대)"
)
_SENT = (
    r"(?:sent (?:from|via|with|by)|diese (?:nachricht|e-?mail|mail) wurde|von mein\w* |von samsung|gesendet (?:von|mit|über)"
    r"|envoyé (?:de|depuis|à partir|avec)|enviado (?:desde|do|de|da|a partir|con|com|mediante)|inviato (?:da|dal|con)"
    r"|(?:wysłan|nadesłan|przesłan)[eoay] (?:z|za)|отправлено|послано|надіслано|відправлено|verstuurd v|verzonden (?:met|van)|skickat från|skickad från"
    r"|sendt fra|lähetetty|odesláno z|odoslané z|trimis de|στάλθηκε|أُ?رسلت|مرسل|تم الإرسال|נשלח|发自|發自|從我的|傳送自|送信元)"
)
SENT_FROM = re.compile(
    rf"[-–—<\[(* ]*(?:{_SENT}.{{0,60}}?{_DEVICE}.{{0,80}}"
    r"|(?:get|obtener|télécharger|obtenir|pobierz|получить|скачать|завантажити|отримати|scarica|obter|ottieni|holen sie sich) "
    r"outlook .{0,80}|outlook für (?:ios|android).{0,80}"
    rf"|.{{0,30}}{_DEVICE}.{{0,20}}(?:gesendet|gönderildi|から送信|傳送|發送|发送|보냄|lähetetty|elküldve|küldve)\W*)",
    re.IGNORECASE,
)

REPLY = re.compile(
    r"\s*(re|aw|antw|antwort|sv|vs|odp|odg|ynt|yanıt|cevap|bls|atb|rif|r|ref|res|отв|ответ|відп|відповідь|απ|σχετ|vá"
    r"|رد|השב|תגובה|回复|回覆|答复|返信|답장|回)\s?(\[\d+\]|\(\d+\))?\s?[:：]",
    re.IGNORECASE,
)
FORWARD = re.compile(
    r"\s*(fwd?|wg|tr|rv|rvs?|enc|pd|i|vb|vl|doorst|пересл|переслано|пер|перс|прос|i̇lt|ilt|ileti|prp|fs|továbbítás|πρθ|továbbküldött"
    r"|إعادة توجيه|הועבר|转发|轉寄|転送|전달|转)\s?(\[\d+\]|\(\d+\))?\s?[:：]",
    re.IGNORECASE,
)
AUTOMATIC = re.compile(
    r"\s*(automatic reply|auto(matische)?[ -:]?(reply|antwort|response)|abwesenheits|out of (the )?office|réponse automatique"
    r"|respuesta automática|resposta automática|risposta automatica|odpowiedź automatyczna|автоматический ответ|автоответ"
    r"|автоматична відповідь|otomatik yanıt|תשובה אוטומטית|مستجيب تلقائي|رد تلقائي|自动答复|自動回覆|自動返信|자동 회신)",
    re.IGNORECASE,
)

# The plain text that programs send beside HTML, instead of the text.
_STUB = re.compile(
    r"\W*(?:(?:this (?:is an? )?(?:e-?mail|message|mail|newsletter)?|your (?:e-?mail|mail)|you(?:'re| are| need)|to view"
    r"|please|if you|sorry|the (?:e-?mail|message)).{0,120}\bhtml\b.{0,120}"
    r"|.{0,60}\bhtml[- ]?(?:e-?mail|mail|message|viewer|format|version|capable|compatible|enabled|only)s?\b.{0,60}"
    r"|(?:diese|dieser|ihr|um |bitte|cette?|ce |votre|pour |este?|esta|su |para |o seu|questo|questa|per |ta |twój|deze|uw"
    r"|это|этот|ваш|для |чтобы|це |цей|щоб|bu |e-posta).{0,120}\bhtml\b.{0,120}"
    r"|.{0,60}(?:不支持|无法|請使用|请使用|対応|지원).{0,30}html.{0,60}|.{0,40}html.{0,30}(?:不支持|查看|閱讀|浏览|対応|지원).{0,60})",
    re.IGNORECASE,
)
_STUB_WORDS = re.compile(
    r"view|support|display|read|client|program|enabl|requir|capable|compatib|format|version|anzeig|unterstütz|darstell|lesen"
    r"|affich|prend|lire|visionn|muestr|visualiz|admit|leer|soport|leggere|supporta|wyświetl|obsług|czyt|weergev|ondersteun"
    r"|поддерж|просм|отобр|формат|підтрим|перегл|відобр|görüntüle|destekle|支持|无法|查看|请使用|請使用|閱讀|浏览|対応|지원",
    re.IGNORECASE,
)


def is_stub(text: str) -> bool:
    """Whether a plain text only says that the mail is HTML."""
    return (
        len(text) <= 300
        and _STUB.fullmatch(text) is not None
        and _STUB_WORDS.search(text) is not None
    )
