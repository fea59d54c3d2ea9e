using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Postfleet.Frontend.Tls;

/// <summary>
/// Has OpenSSL give back its two record buffers, 33 KiB, while a connection has nothing to read or to write
/// (<c>SSL_MODE_RELEASE_BUFFERS</c>, which other servers set, too). <see cref="SslStream"/> has no setting for it and does not show its
/// handle, so that is looked up by name; where it cannot be found, idle connections cost more and all else is the same.
/// </summary>
internal static class IdleBuffers
{
    private const string Library = "libssl.so.3";
    private const int SetMode = 33;
    private const nint ReleaseBuffers = 0x10;

    private static readonly FieldInfo? Context = typeof(SslStream)
        .GetField("_securityContext", BindingFlags.Instance | BindingFlags.NonPublic);

    // The platform's own library may be another one than that whose functions are called here.
    private static readonly bool IsKnown = OperatingSystem.IsLinux() && Context is not null
        && SafeEvpPKeyHandle.OpenSslVersion >> 28 == 3 &&
        NativeLibrary.TryLoad(Library, out _);

    /// <summary>
    /// Sets the mode for a connection whose handshake is done, and for those that are made later with the same certificate.
    /// </summary>
    /// <returns>Whether it is set.</returns>
    public static bool Release(SslStream stream)
    {
        if (!IsKnown || Context!.GetValue(stream) is not SafeHandle { IsInvalid: false } handle) return false;
        var isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            var connection = handle.DangerousGetHandle();
            SSL_CTX_ctrl(SSL_get_SSL_CTX(connection), SetMode, ReleaseBuffers, 0);
            return (SSL_ctrl(connection, SetMode, ReleaseBuffers, 0) & ReleaseBuffers) != 0;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            if (isHeld) handle.DangerousRelease();
        }
    }

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SSL_ctrl(nint connection, int command, nint value, nint pointer);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SSL_CTX_ctrl(nint context, int command, nint value, nint pointer);

    [DllImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SSL_get_SSL_CTX(nint connection);
}
