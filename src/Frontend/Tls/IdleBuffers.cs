using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Postfleet.Frontend.Tls;

/// <summary>
/// Makes OpenSSL release its two record buffers (33 KiB) while a connection is idle, by <c>SSL_MODE_RELEASE_BUFFERS</c>, as other servers
/// do. <see cref="SslStream"/> has no setting for the mode and hides its handle, so the handle is read by reflection. Where reflection
/// fails, idle connections keep their buffers.
/// </summary>
internal static class IdleBuffers
{
    private const string Library = "libssl.so.3";
    private const int SetMode = 33;
    private const nint ReleaseBuffers = 0x10;

    private static readonly FieldInfo? Context = typeof(SslStream)
        .GetField("_securityContext", BindingFlags.Instance | BindingFlags.NonPublic);

    // The functions must belong to the framework's library.
    private static readonly bool IsKnown = OperatingSystem.IsLinux() && Context is not null
        && SafeEvpPKeyHandle.OpenSslVersion >> 28 == 3 &&
        NativeLibrary.TryLoad(Library, out _);

    /// <summary>
    /// Sets the mode for a connection after its handshake, and for later connections with the same certificate.
    /// </summary>
    /// <returns>Whether the mode is set.</returns>
    public static bool Release(SslStream stream)
    {
        if (!IsKnown || Context!.GetValue(stream) is not SafeHandle { IsInvalid: false } handle) return false;
        var isReferenced = false;
        try
        {
            handle.DangerousAddRef(ref isReferenced);
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
            if (isReferenced) handle.DangerousRelease();
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
