using Postfleet.Core.Units;
using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Routing;

/// <summary>The limits of the mail for one domain, which are kept for each message, whatever connection it takes.</summary>
/// <param name="MaxRecipients">The most recipients of a transaction; null without a limit of its own.</param>
/// <param name="MaxSize">The largest message; null without a limit.</param>
/// <param name="Hours">The hours of the day in which mail is sent; null for all.</param>
/// <param name="Tls">The demand of the domain on TLS; null for that of the connection.</param>
internal sealed record DomainLimits(int? MaxRecipients, ByteSize? MaxSize, SendingHours? Hours, TlsMode? Tls);
