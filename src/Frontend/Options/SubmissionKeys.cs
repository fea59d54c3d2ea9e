using System.Text;
using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tokens;
using Postfleet.Configuration;
using Postfleet.Core.Mail;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Frontend.Options;

/// <summary>The keys and checks of the sections <c>Auth</c> and <c>Submission</c>.</summary>
internal static class SubmissionKeys
{
    private static readonly string[] Mechanisms =
        [.. SaslMechanisms.All.Where(name => !name.EndsWith("-PLUS", StringComparison.Ordinal))];

    /// <summary>The keys.</summary>
    /// <param name="network">The rule for networks.</param>
    public static IEnumerable<ConfigurationKey> All(ValueRule network) =>
    [
        new("Auth:UserFile", FilePath("for the users in storage"), "/etc/postfleet/users.jsonl",
            "File with the users of submission listeners, a JSON object in each line; read again when it changes.")
        {
            IsFileFollowed = true,
        },
        new("Auth:DovecotSocket", Text("the absolute path of a Unix socket of at most 100 octets, or empty", SocketForm),
            "/run/dovecot/auth-client",
            "Socket auth-client of a Dovecot that checks the passwords, in place of those of the users."),
        new("Auth:Mechanisms:#", Choice(Mechanisms), "SCRAM-SHA-256",
            "Offered mechanisms of AUTH. SCRAM-SHA-1 and CRAM-MD5 need secrets of their own for each user."),
        new("Auth:ChannelBinding", Choice<ChannelBindingKind>(), "endpoint",
            "Channel binding of the SCRAM mechanisms: off, or endpoint for tls-server-end-point (RFC 5929). "
            + "Clients that know other bindings alone fail with endpoint."),
        new("Auth:PlaintextNetworks:#", network, "127.0.0.0/8", "Networks whose clients may authenticate without TLS."),
        new("Auth:OAuth:Issuer", Text("an https URL without query, http on a loopback address, or empty", IssuerForm),
            "https://login.example.org",
            "Issuer of the tokens of OAUTHBEARER and XOAUTH2; its keys come by OpenID Connect discovery."),
        new("Auth:OAuth:Audience", Text("the audience of tokens, or empty", text => text), "mail", "Audience that tokens must name."),
        new("Auth:OAuth:KeyFile", FilePath("for OpenID Connect discovery"), "/etc/postfleet/jwks.json",
            "File with the keys of the issuer, as a JWK set."),
        new("Auth:OAuth:NameClaim", Text("the name of a claim", text => text.Length > 0 ? text : null), "preferred_username",
            "Claim of the token with the name of the user."),
        new("Auth:OAuth:Scopes:#", Text("a scope", text => text.Length > 0 && !text.Contains(' ', StringComparison.Ordinal) ? text : null),
            "smtp", "Scopes that a token must have."),
        new("Auth:OAuth:ClockSkew", Duration("0s", "10m"), "30s", "How much the clocks of the issuer and this node may differ."),

        new("Submission:CheckSender", Choice<SenderCheckKind>(), "envelope",
            "Addresses that must belong to the user: all (reverse-path, From and Sender), envelope (reverse-path), none."),
        new("Submission:MaxPriority", Number(0, MessagePriority.Max, ""), "0",
            "Highest priority that a user or a client of the API may give a message (RFC 6710); a higher one becomes this one."),
        new("Submission:TraceUser", Flag, "true", "Whether the Received field of submitted messages names the user."),
    ];

    /// <summary>The keys that a reload applies.</summary>
    public static IReadOnlyList<string> Reloaded { get; } = ["Auth", "Submission"];

    /// <summary>The forbidden combinations.</summary>
    public static IEnumerable<string> Check(FrontendSections options)
    {
        if (options.Auth.Mechanisms.Count == 0 && options.Listeners.Any(IsSubmission))
            yield return $"Auth:Mechanisms is empty; allowed: some of {string.Join(", ", Mechanisms)}";
        foreach (var fault in CheckTokens(options.Auth)) yield return fault;
        if (options.Tls.Certificate.Length > 0 || options.Auth.PlaintextNetworks.Count > 0) yield break;
        foreach (var (index, _) in options.Listeners.Index().Where(listener => IsSubmission(listener.Item)))
        {
            yield return $"Listeners:{index}:Service is 'submission', but no client could authenticate; " +
                "allowed: with Tls:Certificate, or with networks in Auth:PlaintextNetworks";
        }
    }

    /// <summary>The faults of the file of users.</summary>
    public static IEnumerable<string> CheckFiles(AuthOptions auth, CheckSurroundings surroundings)
    {
        if (auth.OAuth.KeyFile.Length > 0
            && FileFaults.TryStart(() => TokenKeyFile.Read(surroundings.Full(auth.OAuth.KeyFile))) is { } keyFault)
            yield return keyFault;
        if (auth.UserFile.Length == 0) yield break;
        if (FileFaults.TryStart(() => UserFile.Read(surroundings.Full(auth.UserFile))) is { } fault)
            yield return $"Auth:UserFile is '{auth.UserFile}', which cannot be used: {fault}";
    }

    private static IEnumerable<string> CheckTokens(AuthOptions auth)
    {
        var withTokens = auth.Mechanisms.Where(name => name is "OAUTHBEARER" or "XOAUTH2").ToList();
        if (withTokens.Count > 0 && auth.OAuth.Issuer.Length == 0)
            yield return $"Auth:OAuth:Issuer is empty; allowed: the issuer of tokens, since Auth:Mechanisms has {withTokens[0]}";
        // Without it, tokens for other services would be accepted.
        if (withTokens.Count > 0 && auth.OAuth.Audience.Length == 0)
            yield return $"Auth:OAuth:Audience is empty; allowed: the audience of tokens, since Auth:Mechanisms has {withTokens[0]}";
    }

    // Linux allows 107 octets.
    private static string? SocketForm(string text) => text.Length == 0
        || (text[0] == '/' && Encoding.UTF8.GetByteCount(text) <= 100 && !text.Contains('\0', StringComparison.Ordinal)) ? text : null;

    private static string? IssuerForm(string text) => text.Length == 0
        || (Uri.TryCreate(text, UriKind.Absolute, out var uri) && DiscoveryDocument.IsTrustworthy(uri) && uri.Query.Length == 0
            && uri.Fragment.Length == 0) ? text : null;

    private static bool IsSubmission(ListenerOptions listener) => listener.Service == ListenerOptions.Submission;
}
