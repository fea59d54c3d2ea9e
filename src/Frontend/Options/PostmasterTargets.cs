using Postfleet.Configuration;
using Postfleet.Core.Mail;
using Postfleet.Frontend.RecipientFiles;

namespace Postfleet.Frontend.Options;

/// <summary>
/// Finds the inbound domains whose recipient files have no entry for the mail of their postmaster, for warnings. Reads the files.
/// </summary>
public static class PostmasterTargets
{
    /// <summary>
    /// The inbound domains without an entry for their postmaster: the index in <c>Inbound:Domains</c>, and the domain at which the mail
    /// would go on, which is another one for alias domains. Empty without files, and where a file cannot be read.
    /// </summary>
    /// <param name="inbound">Section <c>Inbound</c>.</param>
    /// <param name="surroundings">What is known of the machine.</param>
    public static IEnumerable<(int Index, DomainName Domain)> Missing(InboundOptions inbound, CheckSurroundings surroundings)
    {
        RecipientTable? table = null;
        if (inbound.Recipients.Count == 0) yield break;
        if (FileFaults.TryStart(() => table = RecipientFile.Read("Inbound:Recipients", inbound.Recipients, surroundings.Full)) is not null)
            yield break;
        foreach (var (index, pattern) in inbound.Domains.Index().Where(domain => domain.Item.IsName))
        {
            if (!DomainName.TryParse(pattern.Text, out var domain)) continue;
            domain = table!.EndOf(domain);
            if (Mailbox.TryParse($"postmaster@{domain.Value}", out var postmaster) && table.Find(postmaster, null, out _) is null)
                yield return (index, domain);
        }
    }
}
