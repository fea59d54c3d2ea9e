namespace Postfleet.Contracts.Signing;

/// <summary>The storage has as many keys that sign as it may have, retired ones included.</summary>
/// <param name="most">The most keys.</param>
public sealed class SigningKeysFullException(int most) : Exception($"the storage has {most} keys; allowed: at most {most}")
{
}
