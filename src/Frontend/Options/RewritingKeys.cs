using Postfleet.Configuration;
using Postfleet.Core.Mail;
using Postfleet.Frontend.RecipientFiles;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Frontend.Options;

/// <summary>The keys and checks of section <c>Rewriting</c>.</summary>
internal static class RewritingKeys
{
    private const int MaxName = 64;
    private const int MaxValue = 900;

    private static readonly string[] Services =
        [ListenerOptions.Relay, ListenerOptions.Submission, ListenerOptions.Inbound, ListenerOptions.Http];

    /// <summary>The keys.</summary>
    public static IEnumerable<ConfigurationKey> All { get; } =
    [
        new("Rewriting:Services:#", Choice([.. Services]), "inbound",
            "Services of the listeners whose mail is rewritten; http stands for messages of the API."),
        new("Rewriting:Addresses:#", FilePath(), "/etc/postfleet/canonical",
            "Files with addresses and domains and what replaces them, in envelopes and header fields."),
        new("Rewriting:Scope", Choice<RewritingScope>(), "senders",
            "Addresses to which the files apply: all, senders (reverse-path, From, Sender, Reply-To), recipients (envelope, To, Cc, Bcc)."),
        new("Rewriting:Masquerade:#", Text("a domain name", text => text.Length > 0 ? TextForms.EmptyOrName(text) : null), "example.org",
            "Domains that replace their subdomains in reverse-paths and header fields."),
        new("Rewriting:MasqueradeExceptions:#", Text("a local part", UserForm), "root", "Users whose subdomain stays."),
        new("Rewriting:Headers:#:Name", Text("the name of a header field, at most 64 characters, not Received", NameForm), "X-Mailer",
            "Name of a header field.") { Required = true },
        new("Rewriting:Headers:#:Action", Choice<HeaderAction>(), "remove",
            "What happens to the field: add, default (add if there is none), set (replace) or remove."),
        new("Rewriting:Headers:#:Value", Text("printable ASCII characters, at most 900", ValueForm), "Example Ltd.",
            "Value of the field; none to remove it."),
    ];

    /// <summary>The forbidden combinations.</summary>
    public static IEnumerable<string> Check(RewritingOptions options)
    {
        foreach (var (index, rule) in options.Headers.Index())
        {
            if (rule.Action == HeaderAction.Remove && rule.Value.Length > 0)
                yield return $"Rewriting:Headers:{index}:Value is '{rule.Value}'; allowed: none, since the field is removed";
        }
    }

    /// <summary>The faults of the files.</summary>
    public static IEnumerable<string> CheckFiles(RewritingOptions options, CheckSurroundings surroundings)
    {
        if (FileFaults.TryStart(() => AddressFile.Read(options.Addresses, surroundings.Full)) is { } fault) yield return fault;
    }

    private static string? UserForm(string text) =>
        Mailbox.TryParse($"{text}@example.org", out var mailbox) ? mailbox.LocalPart : null;

    private static string? NameForm(string text) => text.Length is > 0 and <= MaxName && text.All(c => c is > ' ' and <= '~' and not ':')
        && !text.Equals("Received", StringComparison.OrdinalIgnoreCase) ? text : null;

    private static string? ValueForm(string text) => text.Length <= MaxValue && text.All(c => c is >= ' ' and <= '~') ? text : null;
}
