using Postfleet.Contracts.Receiving;
using Postfleet.Core;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.RecipientFiles;

namespace Postfleet.Frontend.Rewriting;

/// <summary>Makes the rewriting of mail that does not come by SMTP. Called by the node, at the start and for each reload.</summary>
public static class MailRewriting
{
    /// <summary>The rewriting of a service; null where its mail is not rewritten.</summary>
    /// <param name="rules">Section <c>Rewriting</c>.</param>
    /// <param name="service">The service, such as <c>http</c>.</param>
    /// <exception cref="StartFailureException">A file cannot be used.</exception>
    public static IMailRewriting? For(RewritingOptions rules, string service) => rules.HasRules() && rules.Services.Contains(service)
        ? new Rewriter(rules, AddressFile.Read(rules.Addresses, Path.GetFullPath)) : null;
}
