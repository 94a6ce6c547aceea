@echo off
rem Double click: sets Junheng up on the first start, then publishes the sample district.
setlocal
chcp 65001 >nul
cd /d "%~dp0"
set "LAUNCHER="
where python >nul 2>nul && set "LAUNCHER=python"
where py >nul 2>nul && set "LAUNCHER=py"
if not defined LAUNCHER goto nopython
call %LAUNCHER% setup_environment.py run %*
set "CODE=%ERRORLEVEL%"
goto finish
:nopython
echo Python 3.11, 3.12 or 3.13 was not found. Install Python 3.12 and try again.
echo 没有找到 Python，请安装 Python 3.12 后重试。
set "CODE=1"
:finish
echo.
pause
exit /b %CODE%
