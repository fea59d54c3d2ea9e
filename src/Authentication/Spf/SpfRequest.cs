using System.Net;

namespace Postfleet.Authentication.Spf;

/// <summary>The client whose authorization is checked.</summary>
/// <param name="Client">The address of the client; an IPv4-mapped address counts as IPv4 (RFC 7208 section 5).</param>
/// <param name="Helo">The name in HELO or EHLO, as the client gave it.</param>
/// <param name="ReversePath">The address in MAIL without angle brackets; empty for the null reverse-path.</param>
/// <param name="Receiver">The name of this host, for explanations and for <c>Received-SPF</c>.</param>
public sealed record SpfRequest(IPAddress Client, string Helo, string ReversePath, string Receiver);
