namespace Postfleet.Admin.Api;

/// <summary>Why a request was not answered as wished (RFC 9457).</summary>
/// <param name="Type">The kind of the problem: a URN whose end is stable, as in urn:postfleet:problem:unknown-queue.</param>
/// <param name="Title">The kind of the problem in words.</param>
/// <param name="Status">The status code of HTTP.</param>
/// <param name="Detail">The fault of this request: the name, the value and the allowed values.</param>
public sealed record Problem(string Type, string Title, int Status, string Detail);
