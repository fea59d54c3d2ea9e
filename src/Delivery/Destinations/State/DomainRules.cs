using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>The rules of a destination for the mail of one domain.</summary>
/// <param name="MaxRecipients">The most recipients of a transaction.</param>
/// <param name="Hours">The hours of the day in which mail is sent; null for all.</param>
internal readonly record struct DomainRules(int MaxRecipients, SendingHours? Hours);

/// <summary>Finds the rules for domains. Thread-safe; pure.</summary>
internal interface IDomainRules
{
    /// <summary>The rules for a domain.</summary>
    /// <param name="domain">The domain of recipients.</param>
    /// <param name="maxRecipients">The most recipients of a transaction where the domain has no limit of its own.</param>
    DomainRules Of(string domain, int maxRecipients);
}
