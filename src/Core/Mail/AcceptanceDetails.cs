namespace Postfleet.Core.Mail;

/// <summary>
/// How a message was accepted, for history. Texts are empty where there is nothing to say; all but the Message-ID are empty for mail of
/// this program, such as a DSN.
/// </summary>
/// <param name="Listener">The endpoint of the listener as configured, such as <c>[::]:25</c>; <c>http</c> for the API.</param>
/// <param name="TlsVersion">The TLS version of the session, such as <c>TLSv1.3</c>.</param>
/// <param name="TlsCipher">The cipher suite of the session, such as <c>TLS_AES_256_GCM_SHA384</c>.</param>
/// <param name="User">The user that the client authenticated as; the name of the token for the API.</param>
/// <param name="HeaderMessageId">The Message-ID of the header; see <see cref="Mail.HeaderMessageId"/>.</param>
public sealed record AcceptanceDetails(string Listener, string TlsVersion, string TlsCipher, string User, string HeaderMessageId)
{
    /// <summary>The details of a message of which nothing is known.</summary>
    public static AcceptanceDetails None { get; } = new("", "", "", "", "");
}
